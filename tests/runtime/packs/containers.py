"""Containers and clusters. Lines are made after the output that each plugin documents, with values of our own."""

from __future__ import annotations

from tests.runtime.packs.telling import Story, during

_KAFKA = "container_image=kafka,container_name=kafka,engine_host=node1,host=node1,server_version=28.0"

DOCKER = Story(
    "telegraf-docker",
    (
        # kafka takes 2.5 cores and runs full from 10 to 30; at 30 it is killed, updated, and starts with another version.
        during(
            0,
            10,
            f"docker_container_cpu,{_KAFKA},container_status=running,container_version=3.8,cpu=cpu-total usage_percent=40,usage_total=1i",
            f"docker_container_cpu,{_KAFKA},container_status=running,container_version=3.8,cpu=cpu0 usage_total=1i",
            f"docker_container_mem,{_KAFKA},container_status=running,container_version=3.8 usage=1000000000i,limit=4000000000i,usage_percent=25",
        ),
        during(
            10,
            30,
            f"docker_container_cpu,{_KAFKA},container_status=running,container_version=3.8,cpu=cpu-total usage_percent=250,usage_total=1i",
            f"docker_container_mem,{_KAFKA},container_status=running,container_version=3.8 usage=3900000000i,limit=4000000000i,usage_percent=97.5",
        ),
        during(
            30,
            60,
            f"docker_container_cpu,{_KAFKA},container_status=running,container_version=3.9,cpu=cpu-total usage_percent=40,usage_total=1i",
            f"docker_container_mem,{_KAFKA},container_status=running,container_version=3.9 usage=1000000000i,limit=4000000000i,usage_percent=25",
        ),
        during(
            0,
            30,
            lambda s: (
                f"docker_container_status,{_KAFKA},container_status=running,container_version=3.8 oomkilled=false,exitcode=0i,restart_count=0i,"
                f"uptime_ns={(86400 + s) * 10**9}i"
            ),
            f'docker_container_health,{_KAFKA},container_status=running,container_version=3.8 health_status="healthy",failing_streak=0i',
        ),
        during(
            30,
            60,
            lambda s: (
                f"docker_container_status,{_KAFKA},container_status=running,container_version=3.9 oomkilled=false,exitcode=0i,restart_count=2i,"
                f"uptime_ns={(s - 1800) * 10**9}i"
            ),
        ),
        during(
            30,
            40,
            f'docker_container_health,{_KAFKA},container_status=running,container_version=3.9 health_status="unhealthy",failing_streak=4i',
        ),
        during(
            40,
            60,
            f'docker_container_health,{_KAFKA},container_status=running,container_version=3.9 health_status="healthy",failing_streak=0i',
        ),
        # job ran until 20 and is no longer there.
        during(
            0,
            20,
            "docker_container_status,container_image=job,container_name=job,container_status=running,engine_host=node1,host=node1 "
            "oomkilled=false,exitcode=0i,uptime_ns=3600000000000i",
        ),
        during(
            0,
            60,
            "docker,engine_host=node1,host=node1,server_version=28.0 n_containers_running=2i,n_containers_stopped=7i",
        ),
    ),
    {
        "container cpu usage > 200%": ["kafka node1 node1 11-31"],
        "container memory usage > 90% for 5m": ["kafka node1 node1 16-31"],
        "docker memory > 3 GB": ["kafka node1 node1 11-31"],
        "container uptime < 5m": ["kafka node1 node1 31-36"],
        "container uptime is missing for 5m": ["job node1 node1 25-"],
        'container health == "unhealthy"': ["kafka node1 node1 31-41"],
        "container failing streak >= 3": ["kafka node1 node1 31-41"],
        "increase of container restarts over 10m > 1": ["kafka node1 node1 31-41"],
        "containers stopped > 5": ["node1 node1 1-"],
        "container oom killed is true": [],
    },
)

_POD = "container_name=app,namespace=shop,pod_name=app-0"

KUBERNETES = Story(
    "telegraf-kubernetes",
    (
        # Telegraf's own pod is replaced at 20: another host, the same things. app-0 moves to another node then.
        during(
            0,
            10,
            f"kubernetes_pod_container,{_POD},host=telegraf-a,node_name=n1 cpu_usage_nanocores=100000000i,memory_working_set_bytes=200000000i",
        ),
        during(
            10,
            20,
            f"kubernetes_pod_container,{_POD},host=telegraf-a,node_name=n1 cpu_usage_nanocores=1800000000i,memory_working_set_bytes=900000000i",
        ),
        during(
            20,
            60,
            f"kubernetes_pod_container,{_POD},host=telegraf-b,node_name=n2 cpu_usage_nanocores=100000000i,memory_working_set_bytes=200000000i",
        ),
        during(
            0,
            20,
            "kubernetes_node,host=telegraf-a,node_name=n1 cpu_usage_nanocores=3500000000i,memory_available_bytes=500000000i,"
            "memory_working_set_bytes=7500000000i,fs_used_bytes=95000000000i,fs_capacity_bytes=100000000000i",
        ),
        during(
            20,
            60,
            "kubernetes_node,host=telegraf-b,node_name=n1 cpu_usage_nanocores=500000000i,memory_available_bytes=7000000000i,"
            "memory_working_set_bytes=1000000000i,fs_used_bytes=50000000000i,fs_capacity_bytes=100000000000i",
        ),
        during(
            0,
            60,
            "kubernetes_pod_volume,host=telegraf-a,namespace=shop,node_name=n1,pod_name=db-0,volume_name=data "
            "available_bytes=1000000000i,capacity_bytes=10000000000i,used_bytes=9000000000i",
            lambda s: (
                f"kubernetes_pod_network,host=telegraf-a,namespace=shop,node_name=n1,pod_name=app-0 rx_bytes={30_000_000 * s}i,tx_bytes={s}i"
            ),
        ),
    ),
    {
        "pod cpu > 1.5 cores": ["app shop app-0 11-21"],
        "pod memory > 500 MB for 5m": ["app shop app-0 16-21"],
        "sum of pod memory by namespace > 500 MB": ["shop 11-21"],
        "node memory usage > 90%": ["n1 1-21"],
        "node disk usage > 90%": ["n1 1-21"],
        "node cpu > 3": ["n1 1-21"],
        "volume usage > 85%": ["shop db-0 data 1-"],
        "rate of pod bytes received over 5m > 20 MB/s": ["shop app-0 1-"],
    },
)

KUBE_INVENTORY = Story(
    "telegraf-kube-inventory",
    (
        during(
            0,
            10,
            f"kubernetes_pod_container,{_POD},image=app,node_name=n1,phase=Running,readiness=ready,state=running restarts_total=0i,state_code=0i,resource_limits_memory_bytes=1000000000i,resource_limits_millicpu_units=2000i",
        ),
        # A crash loop: the state moves from tag to tag.
        during(
            10,
            15,
            f"kubernetes_pod_container,{_POD},image=app,node_name=n1,phase=Running,readiness=unready,state=terminated restarts_total=3i,state_code=1i,"
            'state_reason="OOMKilled",resource_limits_memory_bytes=1000000000i,resource_limits_millicpu_units=2000i',
        ),
        during(
            15,
            20,
            f"kubernetes_pod_container,{_POD},image=app,node_name=n1,phase=Running,readiness=unready,state=waiting restarts_total=6i,state_code=2i,"
            'state_reason="CrashLoopBackOff",resource_limits_memory_bytes=1000000000i,resource_limits_millicpu_units=2000i',
        ),
        during(
            20,
            60,
            f"kubernetes_pod_container,{_POD},image=app,node_name=n1,phase=Running,readiness=ready,state=running restarts_total=6i,state_code=0i,resource_limits_memory_bytes=1000000000i,resource_limits_millicpu_units=2000i",
        ),
        during(
            0,
            60,
            "kubernetes_node,node_name=n1 capacity_millicpu_cores=4000i",
            "kubernetes_node,host=telegraf-a,node_name=n1 cpu_usage_nanocores=3600000000i",
        ),
        # The other plugin, in the same measurement: the same tags that tell series, and its own.
        during(
            0,
            10,
            f"kubernetes_pod_container,{_POD},host=telegraf-a,node_name=n1 memory_working_set_bytes=200000000i,cpu_usage_nanocores=100000000i",
        ),
        during(
            10,
            20,
            f"kubernetes_pod_container,{_POD},host=telegraf-a,node_name=n1 memory_working_set_bytes=950000000i,cpu_usage_nanocores=1900000000i",
        ),
        during(
            20,
            60,
            f"kubernetes_pod_container,{_POD},host=telegraf-b,node_name=n2 memory_working_set_bytes=200000000i,cpu_usage_nanocores=100000000i",
        ),
        during(
            0,
            10,
            "kubernetes_deployment,deployment_name=app,namespace=shop replicas_available=3i,replicas_unavailable=0i",
        ),
        during(
            10,
            20,
            "kubernetes_deployment,deployment_name=app,namespace=shop replicas_available=1i,replicas_unavailable=2i",
        ),
        during(
            20,
            60,
            "kubernetes_deployment,deployment_name=app,namespace=shop replicas_available=3i,replicas_unavailable=0i",
        ),
    ),
    {
        "increase of pod restarts over 10m > 2": ["app shop app-0 11-26"],
        "pod state code != 0": ["app shop app-0 11-21"],
        'pod state reason == "CrashLoopBackOff"': [
            "app shop app-0 16-"
        ],  # no reason any more is not another reason
        'pod state reason == "CrashLoopBackOff" and pod state code != 0': ["app shop app-0 16-21"],
        "pod memory usage > 90%": ["app shop app-0 11-21"],
        "pod cpu usage > 90%": ["app shop app-0 11-21"],
        "node cpu usage > 80%": ["n1 1-"],
        "unavailable replicas > 0 for 5m": ["app shop 16-21"],
    },
)

STORIES = (DOCKER, KUBERNETES, KUBE_INVENTORY)

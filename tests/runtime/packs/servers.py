"""Databases and web servers. Lines are made after the output that each plugin documents, with values of our own."""

from __future__ import annotations

from tests.runtime.packs.telling import Story, during

_CACHE = "host=mon,port=6379,server=cache1"

REDIS = Story(
    "telegraf-redis",
    (
        # cache1 is the master until 20, then a replica; its memory is limited to 1 GB, and nearly full from 10 on.
        during(
            0,
            10,
            f"redis,{_CACHE},replication_role=master used_memory=500000000i,maxmemory=1000000000i,clients=100i,keyspace_hitrate=0.95,"
            'evicted_keys=0i,connected_slaves=1i,rdb_last_bgsave_status="ok",instantaneous_ops_per_sec=2000i,uptime=5000i',
        ),
        during(
            10,
            20,
            lambda s: (
                f"redis,{_CACHE},replication_role=master used_memory=980000000i,maxmemory=1000000000i,clients=900i,keyspace_hitrate=0.7,"
                f'evicted_keys={10 * (s - 600)}i,connected_slaves=1i,rdb_last_bgsave_status="err",instantaneous_ops_per_sec=9000i,uptime=5000i'
            ),
        ),
        during(
            20,
            60,
            f"redis,{_CACHE},replication_role=slave used_memory=500000000i,maxmemory=1000000000i,clients=10i,keyspace_hitrate=0.95,"
            'evicted_keys=6000i,connected_slaves=0i,rdb_last_bgsave_status="ok",instantaneous_ops_per_sec=100i,uptime=5000i',
        ),
        # Without a limit, on a socket.
        during(
            0,
            60,
            "redis,host=mon2,replication_role=master,socket=/run/redis.sock used_memory=7000000000i,maxmemory=0i,clients=5i,keyspace_hitrate=0",
        ),
        during(
            0,
            20,
            f"redis_replication,{_CACHE},replica_id=0,replica_ip=10.0.0.2,replica_port=6379,replication_role=slave,state=online offset=5i,lag=1i",
        ),
        during(
            20,
            30,
            f"redis_replication,{_CACHE},replica_id=0,replica_ip=10.0.0.2,replica_port=6379,replication_role=slave,state=wait_bgsave offset=5i,lag=90i",
        ),
        during(
            30,
            60,
            f"redis_replication,{_CACHE},replica_id=0,replica_ip=10.0.0.2,replica_port=6379,replication_role=slave,state=online offset=9i,lag=0i",
        ),
    ),
    {
        "redis memory usage > 90%": ["mon 6379 cache1 11-21"],  # unknown without a limit
        "redis memory > 900 MB for 5m": ["mon2 /run/redis.sock 6-", "mon 6379 cache1 16-21"],
        "redis hit rate < 80%": ["mon2 /run/redis.sock 1-", "mon 6379 cache1 11-21"],
        "redis clients > 500": ["mon 6379 cache1 11-21"],
        "increase of redis evicted keys over 5m > 100": ["mon 6379 cache1 11-26"],
        "redis replication lag > 30s": ["mon 6379 10.0.0.2 6379 cache1 21-31"],
        'redis last save status != "ok"': ["mon 6379 cache1 11-21"],
        "sum of redis connections by server > 500": ["cache1 11-21"],
    },
)

_PG = "host=mon,server=db1"

POSTGRESQL = Story(
    "telegraf-postgresql",
    (
        during(
            0,
            10,
            lambda s: (
                f'postgresql,db=shop,{_PG} numbackends=60i,xact_commit={10 * s}i,xact_rollback=0i,deadlocks=0i,blks_hit=990000i,blks_read=10000i,temp_bytes=0i,datname="shop"'
            ),
        ),
        during(
            10,
            20,
            lambda s: (
                f"postgresql,db=shop,{_PG} numbackends=95i,xact_commit={10 * s}i,xact_rollback={5 * (s - 600)}i,deadlocks=3i,"
                f'blks_hit=1000000i,blks_read=600000i,temp_bytes={50_000_000 * (s - 600)}i,datname="shop"'
            ),
        ),
        during(
            20,
            60,
            lambda s: (
                f"postgresql,db=shop,{_PG} numbackends=60i,xact_commit={10 * s}i,xact_rollback=3000i,deadlocks=3i,blks_hit=99000000i,blks_read=600000i,"
                'temp_bytes=30000000000i,datname="shop"'
            ),
        ),
        during(
            0,
            60,
            f"postgresql,db=postgres_global,{_PG} numbackends=0i,xact_commit=4i,deadlocks=0i,blks_hit=5616i,blks_read=88i",
            f'postgresql,db=postgres,{_PG} numbackends=20i,xact_commit=305i,deadlocks=0i,blks_hit=0i,blks_read=0i,datname="postgres"',
            f"postgresql,db=postgres,{_PG} checkpoints_req=1i,checkpoints_timed=26i,buffers_alloc=426i",
        ),
    ),
    {
        "postgres connections > 90": ["shop mon db1 11-21"],
        "sum of postgres connections by server > 100": ["db1 11-21"],
        "increase of postgres deadlocks over 10m > 0": ["shop mon db1 11-21"],
        "postgres transaction rate > 13": ["shop mon db1 12-22"],
        "postgres cache hit rate < 90%": ["shop mon db1 11-21"],  # a database without a read has none
        "rate of postgres rollbacks over 5m > 2": ["shop mon db1 13-24"],
        "rate of postgres temporary bytes over 5m > 20 MB/s": ["shop mon db1 13-24"],
        "sum of rate of postgres commits over 5m by server < 1": [],
    },
)

_MY = "host=mon,server=db1:3306"

MYSQL = Story(
    "telegraf-mysql",
    (
        during(
            0,
            10,
            f"mysql,{_MY} threads_connected=50i,threads_running=3i,connections=1000i,slow_queries=0i,aborted_connects=0i,queries=0i,uptime=90000i",
        ),
        during(
            10,
            20,
            lambda s: (
                f"mysql,{_MY} threads_connected=180i,threads_running=60i,connections={1000 + s}i,slow_queries={s - 600}i,aborted_connects=0i,"
                f"queries={1000 * (s - 600)}i,uptime=90000i"
            ),
        ),
        during(
            20,
            60,
            f"mysql,{_MY} threads_connected=50i,threads_running=3i,connections=2800i,slow_queries=600i,aborted_connects=0i,queries=600000i,uptime=90000i",
        ),
        # Variables come every half hour here, and say the server's version in a tag; it is updated in between.
        during(0, 1, f"mysql_variables,{_MY},innodb_version=8.0.36,version=8.0.36 max_connections=200i"),
        during(30, 31, f"mysql_variables,{_MY},innodb_version=8.0.40,version=8.0.40 max_connections=200i"),
        # The replica falls behind from 10 to 20; at 30 replication stops, and there is no such field any more.
        during(0, 10, "mysql,host=mon,server=db2:3306 slave_seconds_behind_master=0i"),
        during(10, 20, lambda s: f"mysql,host=mon,server=db2:3306 slave_seconds_behind_master={s - 600}i"),
        during(20, 30, "mysql,host=mon,server=db2:3306 slave_seconds_behind_master=0i"),
    ),
    {
        "mysql connection usage > 80%": ["mon db1:3306 11-21"],
        "max of mysql connection usage by server > 80%": ["db1:3306 11-21"],
        "mysql connections > 150 for 5m": ["mon db1:3306 16-21"],
        "increase of slow queries over 5m > 60": ["mon db1:3306 12-25"],
        "mysql qps > 500": ["mon db1:3306 12-22"],
        "mysql running threads > 32": ["mon db1:3306 11-21"],
        "replication lag > 2m": ["mon db2:3306 13-21"],
        "replication lag > 2m or replication lag is missing for 5m": [
            "mon db2:3306 13-21",
            "mon db2:3306 35-",
        ],
    },
)

NGINX = Story(
    "telegraf-nginx",
    (
        during(
            0,
            10,
            lambda s: (
                f"nginx,host=web1,port=80,server=localhost active=50i,accepts={s}i,handled={s}i,requests={20 * s}i,reading=0i,writing=2i,waiting=48i"
            ),
        ),
        during(
            10,
            20,
            lambda s: (
                f"nginx,host=web1,port=80,server=localhost active=900i,accepts={600 + 100 * (s - 600)}i,handled={600 + 90 * (s - 600)}i,"
                f"requests={12_000 + 500 * (s - 600)}i,reading=5i,writing=600i,waiting=295i"
            ),
        ),
        during(
            20,
            40,
            lambda s: (
                f"nginx,host=web1,port=80,server=localhost active=50i,accepts={60_600 + s}i,handled={54_600 + s}i,requests={312_000 + 20 * (s - 1200)}i,"
                "reading=0i,writing=2i,waiting=48i"
            ),
        ),
    ),
    {
        "nginx connections > 500": ["web1 80 localhost 11-21"],
        "nginx request rate > 200": ["web1 80 localhost 12-22"],
        "rate of nginx requests over 5m > 200": ["web1 80 localhost 13-24"],
        "increase of nginx accepted connections over 5m - increase of nginx handled connections over 5m > 100": [
            "web1 80 localhost 11-26"
        ],
        "nginx connections is missing for 5m": ["web1 80 localhost 45-"],
    },
)

STORIES = (REDIS, POSTGRESQL, MYSQL, NGINX)

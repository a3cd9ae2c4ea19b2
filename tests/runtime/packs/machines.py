"""The machine's own plugins. Lines are made after the output that each plugin documents, with values of our own."""

from __future__ import annotations

from tests.runtime.packs.telling import Story, during

CPU = Story(
    "telegraf-cpu",
    (
        # web1 is busy from 10 to 30, on one core more than the others; web2 has one hot core all the time.
        during(
            0,
            10,
            "cpu,cpu=cpu0,host=web1 usage_idle=80,usage_user=15,usage_system=5,usage_iowait=0,usage_steal=0",
            "cpu,cpu=cpu1,host=web1 usage_idle=80,usage_user=15,usage_system=5,usage_iowait=0,usage_steal=0",
            "cpu,cpu=cpu-total,host=web1 usage_idle=80,usage_user=15,usage_system=5,usage_iowait=0,usage_steal=0",
        ),
        during(
            10,
            30,
            "cpu,cpu=cpu0,host=web1 usage_idle=0,usage_user=60,usage_system=5,usage_iowait=30,usage_steal=5",
            "cpu,cpu=cpu1,host=web1 usage_idle=10,usage_user=60,usage_system=5,usage_iowait=20,usage_steal=5",
            "cpu,cpu=cpu-total,host=web1 usage_idle=5,usage_user=60,usage_system=5,usage_iowait=25,usage_steal=5",
        ),
        during(
            30,
            40,
            "cpu,cpu=cpu0,host=web1 usage_idle=80,usage_user=15,usage_system=5,usage_iowait=0,usage_steal=0",
            "cpu,cpu=cpu1,host=web1 usage_idle=80,usage_user=15,usage_system=5,usage_iowait=0,usage_steal=0",
            "cpu,cpu=cpu-total,host=web1 usage_idle=80,usage_user=15,usage_system=5,usage_iowait=0,usage_steal=0",
        ),
        during(
            0,
            40,
            "cpu,cpu=cpu0,host=web2 usage_idle=1,usage_user=99,usage_system=0,usage_iowait=0,usage_steal=0",
            "cpu,cpu=cpu1,host=web2 usage_idle=99,usage_user=1,usage_system=0,usage_iowait=0,usage_steal=0",
            "cpu,cpu=cpu-total,host=web2 usage_idle=50,usage_user=50,usage_system=0,usage_iowait=0,usage_steal=0",
        ),
    ),
    {
        "cpu usage > 90%": ["cpu-total web1 11-31"],  # one alert, not one a core
        "cpu usage > 90% for 5m": ["cpu-total web1 16-31"],
        "cpu > 90%": ["cpu-total web1 11-31"],
        "avg of cpu usage over 5m by host > 90%": ["cpu-total web1 15-31"],
        "core usage > 97%": ["cpu0 web1 11-31", "cpu0 web2 1-"],
        "iowait > 20%": ["cpu-total web1 11-31"],
        "steal time > 4% and cpu usage > 90%": ["cpu-total web1 11-31"],
        "at least 2 servers have cpu usage > 40%": ["cpu-total 11-31"],
    },
)

MEM = Story(
    "telegraf-mem",
    (
        # 8 GB, of which db1 uses more and more; its free memory is small from the start, as is usual.
        during(
            0,
            20,
            "mem,host=db1 total=8000000000i,available=4000000000i,available_percent=50,used=3600000000i,"
            "used_percent=45,free=150000000i,cached=4000000000i",
        ),
        during(
            20,
            40,
            "mem,host=db1 total=8000000000i,available=400000000i,available_percent=5,used=7100000000i,"
            "used_percent=88.75,free=120000000i,cached=700000000i",
        ),
    ),
    {
        "memory usage > 90%": ["db1 21-"],  # 95%, where `used_percent` says 88.75
        "used memory percent > 90%": [],
        "ram > 90% for 5m": ["db1 26-"],
        "available memory < 1 GB": ["db1 21-"],
        "free memory < 200 MB": ["db1 1-"],
        "available memory percent < 10%": ["db1 21-"],
        "used memory / total memory > 80%": ["db1 21-"],
    },
)

DISK = Story(
    "telegraf-disk",
    (
        # /data fills up and is then mounted read-only by the kernel: another value of a tag, the same file system.
        during(
            0,
            20,
            "disk,device=sdb1,fstype=ext4,host=db1,mode=rw,path=/data total=1000000000000i,used=500000000000i,"
            "free=450000000000i,used_percent=52.6,inodes_total=1000000i,inodes_used=990000i,inodes_free=10000i",
        ),
        during(
            20,
            40,
            "disk,device=sdb1,fstype=ext4,host=db1,mode=rw,path=/data total=1000000000000i,used=930000000000i,"
            "free=20000000000i,used_percent=97.9,inodes_total=1000000i,inodes_used=990000i,inodes_free=10000i",
        ),
        during(
            40,
            50,
            "disk,device=sdb1,fstype=ext4,host=db1,mode=ro,path=/data total=1000000000000i,used=500000000000i,"
            "free=450000000000i,used_percent=52.6,inodes_total=1000000i,inodes_used=100000i,inodes_free=900000i",
        ),
        during(
            0,
            50,
            "disk,device=sdc1,fstype=btrfs,host=db1,mode=rw,path=/ total=100000000000i,used=10000000000i,"
            "free=90000000000i,used_percent=10,inodes_total=0i,inodes_used=0i,inodes_free=0i",
        ),
    ),
    {
        "disk usage > 90%": ["db1 /data 21-41"],
        "root disk usage > 5%": ["db1 / 1-"],
        "disk full > 90% for 10m": ["db1 /data 31-41"],
        'disk usage where path is "/" > 90%': [],
        "disk space < 50 GB": ["db1 /data 21-41"],
        "disk free percent < 10%": ["db1 /data 21-41"],
        "inode usage > 95%": ["db1 /data 1-41"],  # not of the file system without inodes: 0 of 0
        "disk used / disk size > 90%": ["db1 /data 21-41"],
    },
)

DISKIO = Story(
    "telegraf-diskio",
    (
        # The first reading has no io_util yet. sda is busy from 10 to 30, with 80 ms a request.
        during(
            0,
            1,
            "diskio,host=db1,name=sda reads=0i,writes=0i,read_bytes=0i,write_bytes=0i,read_time=0i,write_time=0i,"
            "io_time=0i,weighted_io_time=0i,iops_in_progress=0i,merged_reads=0i,merged_writes=0i",
        ),
        during(
            1,
            10,
            lambda s: (
                f"diskio,host=db1,name=sda reads={10 * s}i,writes={10 * s}i,read_bytes={1_000 * s}i,write_bytes={1_000 * s}i,"
                f"io_time={10 * s}i,iops_in_progress=0i,io_util=1,io_await=0.5,io_svctm=0.5"
            ),
        ),
        during(
            10,
            30,
            lambda s: (
                f"diskio,host=db1,name=sda reads={10 * s}i,writes={500 * (s - 600) + 6_000}i,read_bytes={1_000 * s}i,"
                f"write_bytes={200_000_000 * (s - 600) + 600_000}i,io_time={990 * (s - 600) + 6_000}i,iops_in_progress=40i,"
                "io_util=99,io_await=80,io_svctm=2"
            ),
        ),
        # Idle: no requests, so no waiting time either.
        during(
            30,
            50,
            f"diskio,host=db1,name=sda reads=18000i,writes=606000i,read_bytes=1800000i,write_bytes={200_000_000 * 1200 + 600_000}i,"
            f"io_time={990 * 1200 + 6_000}i,iops_in_progress=0i,io_util=0",
        ),
    ),
    {
        "disk busy > 90% for 5m": ["db1 sda 16-31"],
        "disk latency > 50ms": [
            "db1 sda 11-"
        ],  # nothing more is known once no request is made: no recovery is invented
        "disk latency > 50ms and disk busy > 10%": ["db1 sda 11-31"],
        "disk write rate > 100 MB/s": ["db1 sda 12-32"],
        "rate of disk io time over 5m > 900 ms/s": ["db1 sda 16-31"],
        "rate of disk writes over 5m > 400": ["db1 sda 15-32"],
        "disk queue > 32": ["db1 sda 11-31"],
        "iops > 400": ["db1 sda 13-31"],
    },
)

NET = Story(
    "telegraf-net",
    (
        # eth0 receives 50 MB/s from 10 to 30; the machine starts anew at 40, and counters with it.
        during(
            0,
            10,
            lambda s: (
                f"net,host=web1,interface=eth0 bytes_recv={1_000_000 * s}i,bytes_sent={1000 * s}i,packets_recv={s}i,"
                "packets_sent=0i,err_in=0i,err_out=0i,drop_in=0i,drop_out=0i"
            ),
        ),
        during(
            10,
            30,
            lambda s: (
                f"net,host=web1,interface=eth0 bytes_recv={600_000_000 + 50_000_000 * (s - 600)}i,bytes_sent={1000 * s}i,"
                f"packets_recv={s}i,packets_sent=0i,err_in={s - 600}i,err_out=0i,drop_in={5 * (s - 600)}i,drop_out=0i"
            ),
        ),
        during(
            30,
            40,
            lambda s: (
                f"net,host=web1,interface=eth0 bytes_recv={60_600_000_000 + 1_000_000 * (s - 1800)}i,bytes_sent={1000 * s}i,"
                f"packets_recv={s}i,packets_sent=0i,err_in=1200i,err_out=0i,drop_in=6000i,drop_out=0i"
            ),
        ),
        during(
            40,
            50,
            lambda s: (
                f"net,host=web1,interface=eth0 bytes_recv={1_000_000 * (s - 2400)}i,bytes_sent={1000 * (s - 2400)}i,"
                "packets_recv=0i,packets_sent=0i,err_in=0i,err_out=0i,drop_in=0i,drop_out=0i"
            ),
        ),
        # What older versions wrote of Linux's protocols: other fields under the same measurement.
        during(0, 50, "net,host=web1,interface=all tcp_currestab=59i,tcp_retranssegs=14669i"),
    ),
    {
        "network traffic in > 20 MB/s": ["web1 eth0 12-32"],
        "network in > 100 Mbit/s for 5m": ["web1 eth0 16-33"],
        "inbound traffic > 20 MB/s": ["web1 eth0 12-32"],
        "traffic out > 1 MB/s": [],
        "network traffic > 20 MB/s": ["web1 eth0 12-32"],
        "rate of bytes received over 5m > 20 MB/s": ["web1 eth0 13-34"],
        "increase of network drops in over 5m > 100": ["web1 eth0 11-36"],
        "increase of receive errors over 5m > 0": ["web1 eth0 11-36"],
    },
)

SYSTEM = Story(
    "telegraf-system",
    (
        # web1 has 4 processors, big 64; web1 starts anew at minute 30.
        during(
            0,
            30,
            "system,host=web1 load1=9,load5=6,load15=3,n_cpus=4i,n_users=1i,n_unique_users=1i",
            lambda s: f"system,host=web1 uptime={864_000 + s}i",
            "system,host=big load1=9,load5=9,load15=9,n_cpus=64i,n_users=0i,n_unique_users=0i",
            lambda s: f"system,host=big uptime={864_000 + s}i",
        ),
        during(
            30,
            50,
            "system,host=web1 load1=0.5,load5=1,load15=1,n_cpus=4i,n_users=4i,n_unique_users=1i",
            lambda s: f"system,host=web1 uptime={s - 1800}i",
            "system,host=big load1=9,load5=9,load15=9,n_cpus=64i,n_users=0i,n_unique_users=0i",
            lambda s: f"system,host=big uptime={864_000 + s}i",
        ),
    ),
    {
        "load average > 8": ["big 1-", "web1 1-31"],
        "load per cpu > 2": ["web1 1-31"],
        "load > 2 * cpu count": ["web1 1-31"],
        "uptime < 10m": ["web1 31-41"],
        "load15 > 5 and load > 5": ["big 1-"],
        "logged in users > 3": ["web1 31-"],
    },
)

SWAP = Story(
    "telegraf-swap",
    (
        # Full all the time, which does no harm; from 10 to 20 the machine thrashes.
        during(0, 40, "swap,host=db1 total=2000000000i,used=1900000000i,free=100000000i,used_percent=95"),
        during(0, 10, "swap,host=db1 in=1000000i,out=2000000i"),
        during(
            10,
            20,
            lambda s: f"swap,host=db1 in={1_000_000 + 20_000_000 * (s - 600)}i,out={2_000_000 + 1000 * s}i",
        ),
        during(20, 40, f"swap,host=db1 in={1_000_000 + 20_000_000 * 600}i,out=3200000i"),
        # No swap at all.
        during(
            0, 40, "swap,host=web1 total=0i,used=0i,free=0i,used_percent=0", "swap,host=web1 in=0i,out=0i"
        ),
    ),
    {
        "swap usage > 80%": ["db1 1-"],
        "swap > 80%": ["db1 1-"],
        "rate of swapped in over 5m > 10 MB/s": ["db1 14-23"],
        "rate of swap in over 5m > 10 MB/s and swap free < 200 MB": ["db1 14-23"],
    },
)

STORIES = (CPU, MEM, DISK, DISKIO, NET, SYSTEM, SWAP)

"""Probes: web addresses, pings, certificates. Lines are made after the output that each plugin documents, with values of our own."""

from __future__ import annotations

from tests.runtime.packs.telling import Story, during

SHOP = "http_response,host=probe,method=GET,server=https://shop.example"

HTTP_RESPONSE = Story(
    "telegraf-http-response",
    (
        # The shop answers, once runs into the timeout at minute 10, is slow from 20 to 30, says 503 from 30 to 35,
        # and is gone from 40 on: then there is no time and no status, and the result is in the tags.
        during(
            0,
            10,
            f'{SHOP},result=success,status_code=200 response_time=0.2,http_response_code=200i,content_length=9000i,result_code=0i,result_type="success"',
        ),
        during(10, 11, f'{SHOP},result=timeout result_code=4i,result_type="timeout"'),
        during(
            11,
            20,
            f'{SHOP},result=success,status_code=200 response_time=0.2,http_response_code=200i,content_length=9000i,result_code=0i,result_type="success"',
        ),
        during(
            20,
            30,
            f'{SHOP},result=success,status_code=200 response_time=3.5,http_response_code=200i,content_length=9000i,result_code=0i,result_type="success"',
        ),
        during(
            30,
            35,
            f'{SHOP},result=success,status_code=503 response_time=0.1,http_response_code=503i,content_length=90i,result_code=0i,result_type="success"',
        ),
        during(
            35,
            40,
            f'{SHOP},result=success,status_code=200 response_time=0.2,http_response_code=200i,content_length=9000i,result_code=0i,result_type="success"',
        ),
        during(40, 60, f'{SHOP},result=connection_failed result_code=3i,result_type="connection_failed"'),
    ),
    {
        "response time > 2s": ["probe GET https://shop.example 21-31"],  # blind to the failures
        "http result code != 0": [
            "probe GET https://shop.example 11-12",  # one failed request does not fire for ever
            "probe GET https://shop.example 41-",
        ],
        "http check != 0 for 2m": ["probe GET https://shop.example 43-"],
        "response time > 2s or http result code != 0": [
            "probe GET https://shop.example 11-12",
            "probe GET https://shop.example 21-31",
            "probe GET https://shop.example 41-",
        ],
        "http status >= 500": ["probe GET https://shop.example 31-36"],
        "avg of response time over 5m by server > 1s": ["https://shop.example 22-34"],
        "website response time is missing for 5m": ["probe GET https://shop.example 45-"],
    },
)

PING = Story(
    "telegraf-ping",
    (
        # gw is slow from 10 to 20, silent from 20 to 30 (no latency then); gone is no name at all from 15 on.
        during(
            0,
            10,
            "ping,host=probe,url=gw average_response_ms=2,minimum_response_ms=1,maximum_response_ms=3,standard_deviation_ms=0.5,"
            "packets_transmitted=5i,packets_received=5i,percent_packet_loss=0,ttl=63i,result_code=0i",
        ),
        during(
            10,
            20,
            "ping,host=probe,url=gw average_response_ms=400,minimum_response_ms=1,maximum_response_ms=900,standard_deviation_ms=90,"
            "packets_transmitted=5i,packets_received=4i,percent_packet_loss=20,ttl=63i,result_code=0i",
        ),
        during(
            20,
            30,
            "ping,host=probe,url=gw packets_transmitted=5i,packets_received=0i,percent_packet_loss=100,result_code=1i",
        ),
        during(
            30,
            60,
            "ping,host=probe,url=gw average_response_ms=2,minimum_response_ms=1,maximum_response_ms=3,standard_deviation_ms=0.5,"
            "packets_transmitted=5i,packets_received=5i,percent_packet_loss=0,ttl=63i,result_code=0i",
        ),
        during(
            0,
            15,
            "ping,host=probe,url=gone average_response_ms=5,percent_packet_loss=0,packets_transmitted=5i,packets_received=5i,"
            "result_code=0i",
        ),
        during(15, 60, "ping,host=probe,url=gone result_code=2i"),
    ),
    {
        "ping latency > 200ms": ["probe gw 11-31"],
        "ping > 200ms or packet loss == 100%": ["probe gw 11-31"],
        "packet loss > 10%": ["probe gw 11-31"],
        "packet loss == 100%": ["probe gw 21-31"],  # and `gone` says nothing of loss
        "ping result code != 0": ["probe gone 16-", "probe gw 21-31"],
        "ping check != 0 for 5m": ["probe gone 21-", "probe gw 26-31"],
        "avg of packet loss over 10m by url > 50%": ["gw 24-35"],
        "jitter > 50ms": ["probe gw 11-31"],
    },
)

_OLD = "host=probe,source=https://shop.example:443,type=leaf"

X509_CERT = Story(
    "telegraf-x509-cert",
    (
        # Eight days are left; at minute 20 the certificate is renewed: another serial number, the same source.
        during(
            0,
            20,
            lambda s: (
                f"x509_cert,common_name=shop.example,issuer_common_name=R3,serial_number=a1,verification=valid,{_OLD} "
                f"expiry={8 * 86400 - s}i,age={82 * 86400 + s}i,startdate=1752998640i,enddate={1_760_000_040 + 8 * 86400}i,verification_code=0i"
            ),
        ),
        during(
            20,
            60,
            lambda s: (
                f"x509_cert,common_name=shop.example,issuer_common_name=R10,serial_number=b2,verification=valid,{_OLD} "
                f"expiry={90 * 86400 - s}i,age={s}i,startdate=1760000040i,enddate={1_760_000_040 + 90 * 86400}i,verification_code=0i"
            ),
        ),
        during(
            0,
            60,
            lambda s: (
                "x509_cert,common_name=R3,host=probe,serial_number=c3,source=https://shop.example:443,type=intermediate,verification=valid "
                f"expiry={400 * 86400 - s}i,age={900 * 86400 + s}i,enddate={1_760_000_040 + 400 * 86400}i,verification_code=0i"
            ),
            lambda s: (
                "x509_cert,common_name=old.example,host=probe,serial_number=d4,source=https://old.example:443,type=leaf,verification=invalid "
                f"expiry={-86400 - s}i,age={91 * 86400 + s}i,enddate={1_760_000_040 - 86400}i,verification_code=1i,"
                'verification_error="x509: certificate has expired"'
            ),
        ),
    ),
    {
        "certificate expiry < 14d": [
            "old.example probe https://old.example:443 leaf 1-",
            "shop.example probe https://shop.example:443 leaf 1-21",
        ],
        "leaf certificate expiry < 14d": [
            "old.example probe https://old.example:443 leaf 1-",
            "shop.example probe https://shop.example:443 leaf 1-21",
        ],
        'cert expiry{type="intermediate"} < 500d': ["R3 probe https://shop.example:443 intermediate 1-"],
        "time until certificate end date < 14d": [
            "old.example probe https://old.example:443 leaf 1-",
            "shop.example probe https://shop.example:443 leaf 1-21",
        ],
        "certificate verification code != 0": ["old.example probe https://old.example:443 leaf 1-"],
        "certificate expiry < 0s": ["old.example probe https://old.example:443 leaf 1-"],
    },
)

STORIES = (HTTP_RESPONSE, PING, X509_CERT)

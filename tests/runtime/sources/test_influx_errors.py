"""InfluxDB down, slow, overloaded, with a revoked token, a changed field: said in words, and no rule stops the others."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from alertdsl.plan.reads import Read, Reducer, Request, Stream
from alertdsl.semantics.typed import DAY, HOUR
from alertdsl_runtime.columns import Points, Reduced, SourceError
from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.influx_http import InfluxApi
from tests.services.influxdb import InfluxDB

T = 1_700_000_000_000_000_000
SECRET = "very-secret-token"


def newest(measurement: str, field: str = "f", bucket: str = "") -> Request:
    return Request(Read(Stream(bucket, measurement, field), Reducer.LAST, HOUR))


def source_of(influx: InfluxDB, bucket: str, token: str = "", **options: float) -> InfluxSource:
    return InfluxSource(
        influx.url, influx.org, token or influx.token, bucket, timeout=options.get("timeout", 10.0)
    )


def test_down_and_back(private_influx: InfluxDB) -> None:
    influx = private_influx
    influx.write_lp(f"m f=1 {T}")
    source = source_of(influx, influx.bucket)
    influx.stop()
    for _ in range(2):
        with pytest.raises(SourceError, match=r"does not answer.*INFLUXDB_V2_URL") as caught:
            source.answer([newest("m")], T + 1)
        assert caught.value.transient
    with pytest.raises(SourceError, match="does not answer"):
        source.check()
    influx.restart()
    (answer,) = source.answer([newest("m")], T + 1)
    assert isinstance(answer, Reduced)
    assert answer.values.tolist() == [1.0]
    influx.restart()  # the kept connection is dead: one more attempt at once
    (answer,) = source.answer([newest("m")], T + 1)
    assert isinstance(answer, Reduced)


def test_slow(private_influx: InfluxDB) -> None:
    influx = private_influx
    source = source_of(influx, influx.bucket, timeout=0.5)
    source.check()
    influx.pause()
    try:
        began = time.monotonic()
        with pytest.raises(SourceError, match=r"longer than 0\.5 s") as caught:
            source.answer([newest("m")], T + 1)
        assert caught.value.transient
        assert time.monotonic() - began < 2
    finally:
        influx.resume()
    source.answer([newest("m")], T + 1)


def test_a_refused_token(influx: InfluxDB, influx_bucket: str) -> None:
    other = influx.new_bucket()
    for token in (SECRET, influx.new_token(read=[other])):
        source = source_of(influx, influx_bucket, token)
        (answer,) = source.answer([newest("m")], T + 1)
        assert isinstance(answer, SourceError)
        assert not answer.transient
        assert token not in str(answer)
        with pytest.raises(SourceError) as caught:
            source.check()
        assert token not in str(caught.value)
    assert SECRET not in repr(InfluxApi("http://localhost", "o", SECRET))


def test_a_reading_token_is_enough(influx: InfluxDB, influx_bucket: str) -> None:
    influx.write_lp(f"m f=1 {T}", bucket=influx_bucket)
    source = source_of(influx, influx_bucket, influx.new_token(read=[influx_bucket]))
    assert influx_bucket in source.check()
    assert isinstance(source.answer([newest("m")], T + 1)[0], Reduced)


def test_no_such_bucket_or_organisation(influx: InfluxDB, influx_bucket: str) -> None:
    influx.write_lp(f"m f=1 {T}", bucket=influx_bucket)
    missing, good = source_of(influx, influx_bucket).answer([newest("m", bucket="nope"), newest("m")], T + 1)
    assert isinstance(missing, SourceError)
    assert "nope" in str(missing)
    assert not missing.transient
    assert isinstance(good, Reduced)
    with pytest.raises(SourceError, match="INFLUXDB_V2_ORG"):
        InfluxSource(influx.url, "nobody", influx.token, influx_bucket).check()


def test_one_bad_request_does_not_stop_the_others(influx: InfluxDB, influx_bucket: str) -> None:
    """Series with a tag called like InfluxDB's own column break the whole query, in a table after status 200."""
    lines = [f"m{i} f={i} {T}" for i in range(40)] + [f"m17,_start=x f=1 {T}", f"m23,_value=x f=1 {T}"]
    influx.write_lp(lines, bucket=influx_bucket)
    source = source_of(influx, influx_bucket)
    asked = [Request(Read(Stream("", f"m{i}", "f"), Reducer.LAST, HOUR + i)) for i in range(40)]
    for _ in range(2):  # the second time the bad ones are asked apart
        answers = source.answer(asked, T + 1)
        bad = [i for i, answer in enumerate(answers) if isinstance(answer, SourceError)]
        assert bad == [17, 23]
        assert all(not answer.transient for answer in answers if isinstance(answer, SourceError))
    found = source.points(asked, T, T + 1)
    assert {i for i, one in enumerate(found) if isinstance(one, Points)} >= set(range(40)) - {17, 23}


@pytest.mark.parametrize(("old", "new"), [("1", '"on"'), ("1", "2i"), ("2i", "2u"), ('"on"', "true")])
def test_a_field_that_changed_its_type(influx: InfluxDB, influx_bucket: str, old: str, new: str) -> None:
    """The server says nothing: it leaves the points of one type out."""
    week = 8 * DAY  # another shard, where the field may have another type
    influx.write_lp([f"m,host=a f={old} {T - week}", f"good f=1 {T}"], bucket=influx_bucket)
    influx.write_lp([f"m,host=a f={new} {T}"], bucket=influx_bucket)
    stream = Stream("", "m", "f")
    short, long = Read(stream, Reducer.FIRST, HOUR), Read(stream, Reducer.FIRST, 2 * week)
    reads = [Read(stream, Reducer.LAST, 2 * week), short, long, Read(stream, Reducer.RAW, 2 * week)]
    newest_known, recent, *over_both, good = source_of(influx, influx_bucket).answer(
        [*map(Request, reads), newest("good")], T + 1
    )
    for error in over_both:
        assert isinstance(error, SourceError), error
        assert not error.transient
        assert "m.f has more than one type" in str(error)
    for answer in (newest_known, recent, good):
        assert isinstance(answer, Reduced)
        assert len(answer.labels) == 1


# ---------------------------------------------------------------- what a real server says seldom


@contextmanager
def fake(*answers: bytes) -> Iterator[str]:
    """A server that gives these answers, one a connection, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def http(status: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        ("503 Service Unavailable", "", "overloaded or starting"),
        ("429 Too Many Requests", '{"code":"too many requests","message":"slow down"}', "slow down"),
        ("400 Bad Request", '{"code":"invalid","message":"queue length exceeded"}', "overloaded"),
        ("500 Internal Server Error", '{"code":"internal error","message":"boom"}', "failed"),
        ("502 Bad Gateway", "<html>proxy</html>", "overloaded or starting"),
    ],
)
def test_asked_again_later(status: str, body: str, says: str) -> None:
    with fake(http(status, body)) as url, pytest.raises(SourceError, match=says) as caught:
        InfluxSource(url, "o", SECRET).answer([newest("m")], T)
    assert caught.value.transient


def test_a_panic_is_the_request_s_own() -> None:
    body = '{"code":"internal error","message":"panic: unsupported for aggregate max"}'
    with fake(http("500 Internal Server Error", body)) as url:
        (answer,) = InfluxSource(url, "o", SECRET).answer([newest("m")], T)
    assert isinstance(answer, SourceError)
    assert not answer.transient


def test_not_an_influxdb() -> None:
    with (
        fake(http("200 OK", "<html>hello</html>")) as url,
        pytest.raises(SourceError, match="is not InfluxDB"),
    ):
        InfluxSource(url, "o", SECRET).check()
    with pytest.raises(ValueError, match="write http://host:8086"):
        InfluxSource("ftp://x", "o", SECRET)


def test_a_cut_answer() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n#datatype,string"
    with fake(cut, cut) as url, pytest.raises(SourceError, match="closed the connection") as caught:
        InfluxSource(url, "o", SECRET).answer([newest("m")], T)
    assert caught.value.transient


def test_secrets_in_the_address_are_not_shown() -> None:
    api = InfluxApi("http://user:hidden@localhost:8086/", "o", SECRET)
    assert api.shown() == "http://localhost:8086"

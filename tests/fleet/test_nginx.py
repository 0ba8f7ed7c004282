"""A fleet against a real nginx with the configuration of fleet/nginx: what a terminal costs, and that caches are told the truth."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from bench.fleet import Post, play
from bench.publisher import DAY_S, Press
from bench.servers import REPOSITORY_CONF, ROOT, Served, find, nginx

TERMINALS = 1000
#: What a poll with nothing new may cost.
MAX_REQUESTS = 2
MAX_BODY_BYTES = 1000


def program() -> str:
    found = find("nginx")
    if found is None:
        pytest.skip("nginx is not on this machine: scripts/test-servers.sh brings it")
    return found


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    made = Press(tmp_path_factory.mktemp("press"))
    made.publish(0)
    return made


@pytest.fixture(scope="module")
def served(press: Press, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with nginx(press.www, tmp_path_factory.mktemp("nginx"), program()) as running:
        yield running


def answer(served: Served, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
    with urllib3.PoolManager(headers=headers) as pool:
        return pool.request("GET", f"{served.url}/{path}", redirect=False)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_thousand_terminals_poll_with_two_small_requests_each(press: Press, served: Served, tmp_path: Path) -> None:
    """Each is a whole client; a few have loaded everything themselves, the others begin as copies of the first."""
    first = [Post(tmp_path / f"post-{number}", press.root) for number in range(20)]
    loaded = play(first, served, press.now_s, "first load")
    assert loaded.requests <= 10
    others = [first[0].copy(tmp_path / f"copy-{number}") for number in range(TERMINALS - len(first))]
    fleet = [*first, *others]
    nothing = play(fleet, served, press.now_s + 60, "nothing new")
    assert nothing.requests <= MAX_REQUESTS
    assert nothing.body_bytes <= 10  # the server knows that nothing changed
    press.publish(900)
    signed_anew = play(fleet[:50], served, press.now_s, "new timestamp")
    assert signed_anew.requests <= MAX_REQUESTS
    assert 100 < signed_anew.body_bytes <= MAX_BODY_BYTES
    press.publish(DAY_S, changed=True)
    news = play(fleet[:50], served, press.now_s, "a day's lists")
    assert news.requests <= 5
    assert len({post.bundle_hash for post in fleet[:50]}) == 1
    assert fleet[0].bundle_hash != fleet[-1].bundle_hash


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("metadata/timestamp.json", "public, max-age=60, must-revalidate"),
        ("metadata/1.root.json", "public, max-age=31536000, immutable"),
        ("metadata/1.snapshot.json", "public, max-age=31536000, immutable"),
        ("metadata/1.status-now.json", "public, max-age=31536000, immutable"),
        ("metadata/99.root.json", "public, max-age=60"),
    ],
)
def test_a_cache_is_told_how_long_each_kind_of_file_may_be_kept(served: Served, path: str, expected: str) -> None:
    assert answer(served, path).headers["Cache-Control"] == expected


def test_files_go_out_as_they_were_signed_and_in_parts(served: Served, press: Press) -> None:
    [path] = press.www.glob("targets/*.rules.cwt")
    name, data = path.relative_to(press.www).as_posix(), path.read_bytes()
    whole = answer(served, name, **{"Accept-Encoding": "gzip"})
    assert (whole.data, whole.headers.get("Content-Encoding")) == (data, None)
    rest = answer(served, name, Range="bytes=100-")
    assert (rest.status, rest.data) == (206, data[100:])


def test_nothing_but_the_repository_is_served(served: Served) -> None:
    for path in ("", "metadata/", "../nginx.conf", "metadata/1.root.json/..", "targets", "index.html"):
        found = answer(served, path)
        assert found.status in (301, 400, 403, 404), path
        assert b"targets" not in found.data
    with urllib3.PoolManager() as pool:
        assert pool.request("POST", f"{served.url}/metadata/timestamp.json", body=b"x").status == 405


def test_the_configuration_for_a_fleet_is_one_that_nginx_takes(tmp_path: Path) -> None:
    """The whole file, with the places of this machine put in for those of a server."""
    text = (ROOT / "fleet/nginx/nginx.conf").read_text()
    certificate, key = self_signed(tmp_path)
    places = {
        "user www-data;": "",
        "/run/nginx.pid": str(tmp_path / "pid"),
        "/var/log/nginx": str(tmp_path),
        "/etc/ssl/yanma/fullchain.crt": str(certificate),
        "/etc/ssl/yanma/private": str(key),
        "/etc/nginx/repository.conf": str(REPOSITORY_CONF),
        "worker_rlimit_nofile 65536;": "",
        "types {": "".join(f"{name}_temp_path {tmp_path / name}; " for name in ("client_body", "proxy", "fastcgi"))
        + f"uwsgi_temp_path {tmp_path / 'u'}; scgi_temp_path {tmp_path / 's'}; types {{",
    }
    for old, new in places.items():
        assert old in text, old
        text = text.replace(old, new)
    conf = tmp_path / "nginx.conf"
    conf.write_text(text)
    command = [program(), "-t", "-q", "-c", str(conf), "-e", str(tmp_path / "error.log")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, re.sub(r".*\[warn\].*\n", "", done.stderr)) == (0, "")


def self_signed(folder: Path) -> tuple[Path, Path]:
    from tests.sync.certificates import certificate

    made = certificate(folder, days=1)
    return made.certificate, made.key


def test_a_poll_asks_for_the_next_root_and_the_timestamp_and_nothing_else(
    press: Press, served: Served, tmp_path: Path
) -> None:
    post = Post(tmp_path / "post", press.root)
    post.visit(served.url, press.now_s)
    before = len(served.costs())
    post.visit(served.url, press.now_s + 60)
    asked = [(cost.path, cost.status) for cost in served.costs()[before:]]
    assert asked == [("/metadata/2.root.json", 404), ("/metadata/timestamp.json", 304)]

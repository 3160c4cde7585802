"""Edges in three regions: each client is sent to the nearest that is well, and is served there as anywhere."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import netaddr
import pytest
from mmdb_writer import MMDBWriter

from compose.region_clients import NAME, told_client, told_resolver
from conftest import PASSWORD, User, until
from stack.compose import PROJECT, ComposeStack, docker

NETWORK = "10.77"
SERVER = f"{NETWORK}.0.53"
RESOLVER = f"{NETWORK}.0.1"
"""This machine, whose word about its clients counts."""
EDGES = {region: f"{NETWORK}.{place}.10" for place, region in enumerate(("eu", "us", "ap"), 1)}
PLACES = {
    "198.51.100.0/24": (40.7, -74.0, "us"),  # New York
    "203.0.113.0/24": (-33.9, 151.2, "ap"),  # Sydney
    "192.0.2.0/24": (48.9, 2.4, "eu"),  # Paris
    "2001:db8:55::/48": (-23.5, -46.6, "us"),  # São Paulo
}
SERVICES = ("edge-eu", "edge-us", "edge-ap", "name-server", "region-map")
CLIENTS = 20
NAMED = {"Host": NAME}


@dataclass
class Regions:
    stack: ComposeStack
    image: str
    """With Python, for clients of the network."""

    def nearest(self) -> dict[str, str]:
        """By region: where a client of it is sent to."""
        return {
            region: told_resolver(SERVER, f"{NETWORK}.{place}.0/24")
            for place, region in enumerate(EDGES, 1)
        }


@pytest.fixture(scope="module")
def regions(own_stack: ComposeStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Regions]:
    database = _database(tmp_path_factory.mktemp("places") / "places.mmdb")
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("COMPOSE_PROFILES", "regions")
        settings.setenv("ECS_RESOLVERS", f"{RESOLVER}/32")
        settings.setenv("GEOIP_DATABASE", str(database))
        settings.setenv("REGIONS_NETWORK", NETWORK)
        try:
            own_stack.compose("build", "--quiet", "name-server", "region-map", timeout=600)
            own_stack.compose("up", "--detach", "--wait", "--no-recreate", *SERVICES)
            made = Regions(own_stack, own_stack.inspect("gateway")["Image"])
            until(lambda: made.nearest() == EDGES or None)
            yield made
        finally:
            own_stack.compose("rm", "--stop", "--force", *SERVICES)
            docker("network", "rm", f"{PROJECT}_regions")


def _database(file: Path) -> Path:
    """Of places, in the format of those that can be had (MaxMind DB)."""
    writer = MMDBWriter(6, "GeoLite2-City", ipv4_compatible=True, int_type="u32", float_type="f64")
    for network, (latitude, longitude, _) in PLACES.items():
        where = {"location": {"latitude": latitude, "longitude": longitude}}
        writer.insert_network(netaddr.IPSet([network]), where)
    writer.to_db_file(str(file))
    file.chmod(0o644)
    file.parent.chmod(0o755)
    return file


def test_every_client_is_sent_to_its_nearest_edge(regions: Regions) -> None:
    wrong = [
        (client, told)
        for place, (_, nearest) in enumerate(EDGES.items(), 1)
        for client in range(1, 1 + CLIENTS)
        if (told := told_resolver(SERVER, f"{NETWORK}.{place}.{200 - client}/32")) != nearest
    ]
    assert wrong == []
    by_place = {network: told_resolver(SERVER, network) for network in PLACES}
    assert by_place == {network: EDGES[near] for network, (*_, near) in PLACES.items()}


def test_a_client_counts_by_its_own_address_unless_a_listed_resolver_speaks_for_it(
    regions: Regions,
) -> None:
    for place, (_, nearest) in enumerate(EDGES.items(), 1):
        client = f"{NETWORK}.{place}.77"
        assert told_client(SERVER, client, regions.image) == nearest
        assert told_client(SERVER, client, regions.image, "203.0.113.0/24") == nearest


def test_an_edge_that_dies_is_replaced_and_comes_back_while_others_stay(regions: Regions) -> None:
    others = {region: edge for region, edge in EDGES.items() if region != "eu"}
    regions.stack.kill("edge-eu")
    died = time.monotonic()
    told = until(lambda: _once_moved(regions, others))
    print(f"replaced after {time.monotonic() - died:.1f} s")
    assert told == EDGES["us"]
    regions.stack.launch("edge-eu")
    until(lambda: regions.nearest() == EDGES or None)


def _once_moved(regions: Regions, others: dict[str, str]) -> str | None:
    """Where clients of eu are sent to, once it is elsewhere. Those of others stay where they are."""
    nearest = regions.nearest()
    told = nearest.pop("eu")
    assert nearest == others
    return None if told == EDGES["eu"] else told


def test_a_journey_ends_well_through_each_edge(regions: Regions, user: User, tiny: bytes) -> None:
    form = {"grant_type": "password", "username": user.email, "password": PASSWORD}
    for edge in EDGES.values():
        with httpx2.Client(base_url=f"http://{edge}:8080", timeout=60, trust_env=False) as http:
            token = http.post("/v1/oauth/token", data=form).raise_for_status().json()
            headers = {"Authorization": f"Bearer {token['access_token']}"}
            ended = http.post(
                "/v1/analyses",
                headers={**headers, "Prefer": "wait=30"},
                files={"image": ("a.png", tiny)},
                data={"operations": ["colors"]},
            ).json()
            assert ended["status"] == "succeeded"
            kept = http.get(f"/v1/analyses/{ended['id']}", headers=headers)
            assert kept.json()["result"] == ended["result"]
            assert "<title>" in http.get("/", headers={"Accept": "text/html"}).text


def test_a_purge_reaches_every_edge_and_the_shield_before_them(
    regions: Regions, admin: User
) -> None:
    path = "/problems/not-found"
    for edge in EDGES.values():
        until(lambda edge=edge: _cache_of(edge, path) == "Hit" or None)
    purged = admin.post("/v1/purges", json={"paths": ["/problems/*"]}).json()
    assert purged["edges"] == 1 + len(EDGES)
    assert [_cache_of(edge, path) for edge in EDGES.values()] == ["Miss"] * len(EDGES)
    shield = admin.http.get(path, headers=NAMED)
    assert shield.headers["X-Cache"] == "Hit", "they have asked it"


def _cache_of(edge: str, path: str) -> str:
    answer = httpx2.get(f"http://{edge}:8080{path}", headers=NAMED, timeout=10, trust_env=False)
    return str(answer.headers["X-Cache"])

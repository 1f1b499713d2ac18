"""Domains below which strangers have names, and the site of a host."""

import pytest

from flask_cors_policy._suffixes import is_known_to_be_shared, is_loopback, is_shared, site_of
from helpers import problems_of

# The kind of service, and domains of it below which anybody gets a name.
SHARED = {
    "registry": "co.uk com.au kobe.jp",
    "hosting of front ends": "vercel.app netlify.app pages.dev github.io surge.sh onrender.com",
    "cloud": "run.app appspot.com azurewebsites.net cloudfront.net amazonaws.com core.windows.net",
    "cloud, below a region": "eastus.azurecontainerapps.io s3.eu-west-1.amazonaws.com",
    "public suffixes one label below": "us-east-1.on.aws",
    "public suffixes two labels below": "on.aws scw.cloud amazonaws.com.cn",
    "wildcard rule of the list": "compute.amazonaws.com",
    "tunnel": "ngrok-free.app ngrok.io trycloudflare.com loca.lt devtunnels.ms serveo.net ts.net",
    "tunnel, below a region": "euw.devtunnels.ms a.free.pinggy.link eu.loclx.io",
    "development environment": "app.github.dev github.dev gitpod.io csb.app replit.dev",
    "development environment, below a region": "ws-eu1.gitpod.io cluster-x.cloudworkstations.dev",
    "site builder": "webflow.io wixsite.com framer.app squarespace.com wordpress.com carrd.co",
    "shop": "myshopify.com shopifypreview.com",
    "generated application": "lovable.app lovableproject.com bolt.host base44.app",
    "sandbox of a model": "hf.space streamlit.app gradio.live",
    "names for any address": "nip.io sslip.io duckdns.org",
}

OWN = """
example.com preview.example.co.uk mine.vercel.app mine.on.aws city.kobe.jp corp.internal
githubexample.com app-github.dev notngrok.io
""".split()


@pytest.mark.parametrize("kind", SHARED)
def test_domain_where_strangers_have_names(kind: str) -> None:
    assert [domain for domain in SHARED[kind].split() if not is_shared(domain)] == []


@pytest.mark.parametrize("domain", OWN)
def test_domain_of_ones_own(domain: str) -> None:
    assert not is_shared(domain)


@pytest.mark.parametrize("domain", ["vercel.app", "app.github.dev", "co.uk", "ws-eu1.gitpod.io"])
def test_well_known_domain_needs_no_list(domain: str) -> None:
    assert is_known_to_be_shared(domain)


def test_wildcard_over_a_preview_service_stops_the_start() -> None:
    assert problems_of(environ={"CORS_ORIGINS": "https://*.app.github.dev"}) == [
        (
            "CORS_ORIGINS: 'https://*.app.github.dev' covers a public suffix, so strangers can "
            "have names below app.github.dev; list the origins, or serve previews from a domain "
            "of your own and write 'https://*.preview.example.com'"
        )
    ]


SITES = {
    "api.example.com": "example.com",
    "example.com": "example.com",
    "a.b.example.co.uk": "example.co.uk",
    "a.github.io": "a.github.io",
    "x.a.github.io": "a.github.io",
    "app.corp.internal": "corp.internal",
    "localhost": "localhost",
    "127.0.0.1": "127.0.0.1",
    "[::1]": "[::1]",
}


@pytest.mark.parametrize(("host", "site"), SITES.items())
def test_site_of_a_host(host: str, site: str) -> None:
    assert site_of(host) == site


LOOPBACK = {
    "localhost": True,
    "app.localhost": True,
    "127.0.0.1": True,
    "127.9.9.9": True,
    "0.0.0.0": True,  # noqa: S104
    "[::1]": True,
    "localhost.example.com": False,
    "192.168.1.7": False,
    "[fe80::1]": False,
}


@pytest.mark.parametrize(("host", "own"), LOOPBACK.items())
def test_host_of_the_visitors_own_machine(host: str, own: bool) -> None:
    assert is_loopback(host) is own

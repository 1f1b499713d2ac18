"""Domains below which strangers have names, and the site of a host."""

import pytest

from flask_cors_policy._suffixes import is_known_to_be_shared, is_loopback, is_shared, site_of
from helpers import problems_of

# The kind of service, and domains of it below which anybody gets a name.
SHARED = {
    "registry": "co.uk com.au kobe.jp",
    "hosting of front ends": "vercel.app netlify.app pages.dev github.io surge.sh onrender.com",
    "cloud": "run.app appspot.com azurewebsites.net cloudfront.net amazonaws.com core.windows.net",
    "cloud, below a region": (
        "eastus.azurecontainerapps.io eastus.cloudapp.azure.com cfapps.us10.hana.ondemand.com "
        "us-south.codeengine.appdomain.cloud sh.run.tcloudbase.com europe-west1.run.app"
    ),
    "front ends, below a region and a number": "eastus2.2.azurestaticapps.net z01.azurefd.net",
    "storage": "storage.googleapis.com s3.wasabisys.com arweave.net ic0.app",
    "storage, below a region": (
        "s3.eu-west-1.amazonaws.com s3.us-west-004.backblazeb2.com nyc3.cdn.digitaloceanspaces.com "
        "z13.web.core.windows.net cos.ap-guangzhou.myqcloud.com oss-cn-hangzhou.aliyuncs.com"
    ),
    "one service of several": "functions.supabase.co scm.azurewebsites.net on.fleek.co",
    "domain above one service of several": "azure.com storage.azure.net litng.ai tcloudbase.com",
    "domain above a region": "wasabisys.com us-west-004.backblazeb2.com us10.hana.ondemand.com",
    "public suffixes one label below": "us-east-1.on.aws",
    "public suffixes two labels below": "on.aws scw.cloud amazonaws.com.cn",
    "wildcard rule of the list": "compute.amazonaws.com",
    "tunnel": (
        "ngrok-free.app ngrok.io trycloudflare.com loca.lt devtunnels.ms serveo.net ts.net "
        "pktriot.net natappfree.cc"
    ),
    "tunnel, below a region": (
        "euw.devtunnels.ms a.free.pinggy.link eu.loclx.io r6.cpolar.top r11.vip.cpolar.cn "
        "ru.tuna.am"
    ),
    "development environment": (
        "app.github.dev github.dev gitpod.io csb.app replit.dev run.goorm.io cloudspaces.litng.ai "
        "proxy.daytona.work e2b.dev m.pipedream.net local-credentialless.webcontainer.io"
    ),
    "development environment, below a region": (
        "ws-eu1.gitpod.io cluster-x.cloudworkstations.dev cs-europe-west1.cloudshell.dev "
        "w.modal.host sg1.manus.computer"
    ),
    "preview of a build": "chromatic.com circle-artifacts.com bunnyenv.com prod.acquia-sites.com",
    "site builder": "webflow.io wixsite.com framer.app squarespace.com wordpress.com carrd.co",
    "web space": "neocities.org rf.gd tilda.ws jimdofree.com ucoz.net",
    "shop": "myshopify.com shopifypreview.com mybigcommerce.com gumroad.com",
    "course": "teachable.com thinkific.com mykajabi.com",
    "help desk": "zendesk.com",
    "generated application": "lovable.app lovableproject.com bolt.host base44.app created.app",
    "sandbox of a model": "hf.space streamlit.app gradio.live app.beam.cloud",
    "link that opens an application": "app.link onelink.me",
    "names for any address": "nip.io sslip.io duckdns.org backname.io mooo.com",
}

# The kind of domain, and those of it below which its owner alone gives names.
OWN = {
    "bought": "example.com preview.example.co.uk city.kobe.jp",
    "of a customer": (
        "team.vercel.app mine.on.aws hash.eastus.azurecontainerapps.io team.shipyard.host "
        "project.us-south.codeengine.appdomain.cloud workspace.w.modal.host"
    ),
    "of a company whose customers are elsewhere": "huggingface.co",
    "of a network": "corp.internal home.arpa",  # RFC 8375
    "of this machine, as localhost is": "lvh.me localtest.me lcl.host",
    "alike": "githubexample.com app-github.dev notngrok.io myazure.com",
}


@pytest.mark.parametrize("kind", SHARED)
def test_domain_where_strangers_have_names(kind: str) -> None:
    assert [domain for domain in SHARED[kind].split() if not is_shared(domain)] == []


@pytest.mark.parametrize("kind", OWN)
def test_domain_of_ones_own(kind: str) -> None:
    assert [domain for domain in OWN[kind].split() if is_shared(domain)] == []


@pytest.mark.parametrize(
    "domain",
    ["vercel.app", "app.github.dev", "co.uk", "ws-eu1.gitpod.io", "windows.net", "zrok.io"],
)
def test_well_known_domain_needs_no_list(domain: str) -> None:
    assert is_known_to_be_shared(domain)


def test_wildcard_over_a_preview_service_stops_the_start() -> None:
    assert problems_of(environ={"CORS_ORIGINS": "https://*.app.github.dev"}) == [
        (
            "CORS_ORIGINS: 'https://*.app.github.dev' trusts strangers, who can have names below "
            "app.github.dev; list the origins, or serve previews from a domain of your own and "
            "write 'https://*.preview.example.com'"
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

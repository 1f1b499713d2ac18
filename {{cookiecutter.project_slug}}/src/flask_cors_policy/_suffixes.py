"""Domains below which strangers have names: public suffixes, hosting, tunnels and previews.

At import this file needs the standard library only: the template checks its answers with it.
"""

import ipaddress
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

# Anyone can have a name below these, by the kind of service that gives it; `*.` stands for regions
# of a service. Half of them are in the public suffix list as well. They are named here for the
# template, which does without that list, and for services that never entered it.
SHARED = frozenset(
    # Registries that sell names one label deeper.
    "co.uk org.uk com.au co.jp com.br co.in co.nz co.za com.cn com.mx com.tr "
    # Front-end hosting and its previews.
    "vercel.app now.sh netlify.app netlify.com pages.dev workers.dev web.app firebaseapp.com "
    "github.io gitlab.io bitbucket.io codeberg.page surge.sh deno.dev render.com onrender.com "
    "fly.dev railway.app up.railway.app herokuapp.com herokussl.com amplifyapp.com kinsta.app "
    "kinsta.page cleverapps.io koyeb.app northflank.app zeabur.app sevalla.app sevalla.page "
    "stormkit.dev tiiny.site tiiny.host static.app neocities.org edgeone.app dappling.network "
    "4everland.app fleek.co ondigitalocean.app *.ondigitalocean.app azurestaticapps.net "
    "appwrite.network netlify.live itch.zone shinyapps.io hostingersite.com 000webhostapp.com "
    "infinityfreeapp.com "
    # Clouds: application and storage addresses.
    "run.app appspot.com a.run.app cloudfunctions.net googleapis.com googleusercontent.com "
    "azurewebsites.net azure.com cloudapp.azure.com azurecontainerapps.io "
    "*.azurecontainerapps.io azurefd.net windows.net core.windows.net *.core.windows.net "
    "trafficmanager.net cloudfront.net amazonaws.com amazonaws.com.cn amazoncognito.com "
    "elasticbeanstalk.com awsapprunner.com on.aws r2.dev scw.cloud digitaloceanspaces.com "
    "linodeobjects.com *.linodeobjects.com backblazeb2.com *.backblazeb2.com vultrobjects.com "
    "*.vultrobjects.com oraclecloud.com appdomain.cloud *.appdomain.cloud mybluemix.net "
    "supabase.co supabase.in supabase.red neon.tech hasura.app xata.sh convex.site "
    "convex.cloud firebaseio.com b-cdn.net proxy.runpod.net colab.googleusercontent.com "
    # Tunnels to a developer's machine.
    "ngrok.io ngrok.app ngrok.dev ngrok.pizza ngrok-free.app ngrok-free.dev ngrok-free.pizza "
    "trycloudflare.com cfargotunnel.com loca.lt localtunnel.me localhost.run lhr.life "
    "lhr.rocks serveo.net serveousercontent.com pinggy.io *.pinggy.io pinggy.link "
    "*.pinggy.link *.free.pinggy.link pinggy-free.link tunnelmole.net zrok.io "
    "*.zrok.io ts.net telebit.io localxpose.io loclx.io *.loclx.io pagekite.me "
    "exp.direct lhr.pro tunnelto.dev sharedwithexpose.com beeceptor.com packetriot.net "
    "devtunnels.ms *.devtunnels.ms loophole.site "
    # Development environments in a browser.
    "github.dev app.github.dev githubpreview.dev preview.app.github.dev gitpod.io *.gitpod.io "
    "gitpod.dev ona.dev csb.app codesandbox.io stackblitz.io webcontainer.io "
    "w-corp-staticblitz.com staticblitz.com replit.app replit.dev repl.co repl.run glitch.me "
    "cloudworkstations.dev *.cloudworkstations.dev goorm.io goorm.site jsfiddle.net jsbin.com "
    "codepen.io cdpn.io codepen.dev observableusercontent.com hf.space huggingface.co "
    "streamlit.app streamlitapp.com pythonanywhere.com gradio.live modal.run "
    # Site builders, page builders and generated applications.
    "lovable.app lovable.dev lovableproject.com bolt.host base44.app v0.app vusercontent.net "
    "framer.app framer.website framer.media framer.photos framercanvas.com webflow.io "
    "wixsite.com wixstudio.com wixstudio.io editorx.io squarespace.com myshopify.com "
    "shopifypreview.com weebly.com weeblysite.com square.site carrd.co super.site notion.site "
    "softr.app bubbleapps.io bubble.io retool.com glide.page adalo.com wordpress.com "
    "wpcomstaging.com wpengine.com wpenginepowered.com blogspot.com blogger.com tumblr.com "
    "ghost.io substack.com hashnode.dev medium.com strikingly.com jimdosite.com "
    "mystrikingly.com webnode.page site123.me godaddysites.com typedream.app plasmic.site "
    "plasmic.run readthedocs.io gitbook.io mintlify.app zendesk.com freshdesk.com "
    "atlassian.net salesforce.com force.com my.site.com sharepoint.com powerappsportals.com "
    "hubspotpagebuilder.com hs-sites.com unbounce.com leadpages.co clickfunnels.com "
    "translate.goog myportfolio.com anvil.app gamma.site durable.site manus.space "
    # Names for any address of a machine.
    "nip.io sslip.io xip.io traefik.me duckdns.org dyndns.org ddns.net no-ip.org hopto.org "
    "dynv6.net freemyip.com ddnss.de myds.me synology.me myqnapcloud.com plex.direct "
    "nabu.casa ui.direct".split()
)

PREVIEWS = (
    "list the origins, or serve previews from a domain of your own and write "
    "'https://*.preview.example.com'"
)


def is_known_to_be_shared(domain: str) -> bool:
    """Return whether strangers have names below a domain, without the public suffix list."""
    return domain in SHARED or f"*.{domain.partition('.')[2]}" in SHARED


def is_shared(domain: str) -> bool:
    """Return whether strangers can have names below a domain, at any depth.

    `on.aws` is no public suffix, and `lambda-url.us-east-1.on.aws` below it is one.
    """
    return (
        is_known_to_be_shared(domain)
        or is_public_suffix(domain)
        or domain in _parents()
        or any(name.endswith(f".{domain}") for name in SHARED)
    )


def is_public_suffix(domain: str) -> bool:
    """Return whether the public suffix list, private section included, has a domain.

    Domains that no rule knows, such as `corp.internal`, are no public suffixes.
    """
    return _list().is_public(domain)


def site_of(host: str) -> str:
    """Return the registrable domain of a host, which browsers call its site."""
    labels = host.split(".")
    if labels[-1].isdigit() or host.startswith("["):
        return host
    for start in range(1, len(labels)):
        if is_public_suffix(".".join(labels[start:])):
            return ".".join(labels[start - 1 :])
    return ".".join(labels[-2:])


def is_loopback(host: str) -> bool:
    """Return whether a host is the visitor's own machine, by its name alone."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return f".{host}".endswith(".localhost")
    return address.is_loopback or address.is_unspecified


@cache
def _list() -> "PublicSuffixList":
    # Imported late: reading the list is worth its time only where a wildcard is configured.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False)


@cache
def _parents() -> frozenset[str]:
    """Return the domains of two labels or more below which the list has a rule."""
    # The library does not answer this question; its data file is the list as it is published.
    text = files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text("utf-8")
    parents: set[str] = set()
    for line in text.lower().splitlines():
        rule = line.partition(" ")[0]
        if rule.count(".") > 1 and not rule.startswith("//"):
            parent = rule.encode("idna").decode().partition(".")[2]
            while "." in parent and parent not in parents:
                parents.add(parent)
                parent = parent.partition(".")[2]
    return frozenset(parents)

"""Domains below which strangers have names: public suffixes, hosting, tunnels and previews.

At import this file needs the standard library only: the template checks its answers with it.
"""

import ipaddress
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

# Anyone can have a name below these, by the kind of service that gives it. `*` stands for one
# label, such as a region of the service. The domains above a name count as well, since a wildcard
# over them covers it. Half of the names are in the public suffix list. They are repeated for the
# template, which does without that list; the others never entered it.
SHARED = frozenset(
    # Registries that sell names one label deeper.
    "co.uk org.uk com.au co.jp com.br co.in co.nz co.za com.cn com.mx com.tr "
    # Front-end hosting and its previews.
    "vercel.app now.sh netlify.app netlify.com netlify.live pages.dev workers.dev web.app "
    "firebaseapp.com github.io gitlab.io bitbucket.io codeberg.page surge.sh deno.dev "
    "onrender.com fly.dev up.railway.app herokuapp.com herokussl.com amplifyapp.com kinsta.app "
    "kinsta.page kinsta.cloud cleverapps.io koyeb.app northflank.app zeabur.app sevalla.app "
    "sevalla.page stormkit.dev tiiny.site tiiny.host static.app edgeone.app edgeone.dev "
    "dappling.network 4everland.app on.fleek.co on-fleek.app *.ondigitalocean.app "
    "azurestaticapps.net *.azurestaticapps.net *.*.azurestaticapps.net appwrite.network "
    # Free web space.
    "neocities.org nekoweb.org hostingersite.com 000webhostapp.com infinityfreeapp.com rf.gd "
    "epizy.com atwebpages.com ucoz.net ucoz.com ucoz.ru tripod.com angelfire.com "
    # Platforms for applications and functions.
    "*.run.app appspot.com cloudfunctions.net azurewebsites.net scm.azurewebsites.net "
    "*.cloudapp.azure.com *.azurecontainerapps.io awsapprunner.com elasticbeanstalk.com on.aws "
    "mybluemix.net *.appdomain.cloud *.cf.appdomain.cloud *.codeengine.appdomain.cloud "
    "*.containers.appdomain.cloud *.hana.ondemand.com cfapps.*.hana.ondemand.com "
    "osc-fr1.scalingo.io osc-secnum-fr1.scalingo.io b4a.app b4a.run back4app.io fermyon.app "
    "bunny.run val.run modal.run *.fcapp.run *.fc.aliyuncs.com tcloudbaseapp.com "
    "*.app.tcloudbase.com *.run.tcloudbase.com shinyapps.io share.connect.posit.cloud plotly.app "
    "streamlit.app streamlitapp.com pythonanywhere.com hf.space gradio.live app.beam.cloud "
    "proxy.runpod.net scw.cloud "
    # Back ends, databases and log-ins as a service.
    "supabase.co functions.supabase.co storage.supabase.co supabase.in supabase.red neon.tech "
    "hasura.app xata.sh convex.site convex.cloud firebaseio.com pockethost.io amazoncognito.com "
    # Storage and networks that deliver it.
    "amazonaws.com amazonaws.com.cn cloudfront.net googleapis.com storage.googleapis.com "
    "googleusercontent.com *.core.windows.net *.web.core.windows.net *.web.storage.azure.net "
    "*.blob.storage.azure.net azurefd.net *.azurefd.net trafficmanager.net oraclecloud.com r2.dev "
    "*.digitaloceanspaces.com *.cdn.digitaloceanspaces.com *.linodeobjects.com *.vultrobjects.com "
    "*.backblazeb2.com s3.*.backblazeb2.com s3.wasabisys.com s3.*.wasabisys.com "
    "*.your-objectstorage.com *.cloud-object-storage.appdomain.cloud "
    "s3.*.cloud-object-storage.appdomain.cloud *.aliyuncs.com *.myqcloud.com cos.*.myqcloud.com "
    "cos-website.*.myqcloud.com b-cdn.net arweave.net ic0.app "
    # Tunnels to a developer's machine.
    "ngrok.io ngrok.app ngrok.dev ngrok.pizza ngrok-free.app ngrok-free.dev ngrok-free.pizza "
    "trycloudflare.com cfargotunnel.com loca.lt localtunnel.me localhost.run lhr.life lhr.rocks "
    "lhr.pro serveo.net serveousercontent.com *.pinggy.io *.pinggy.link *.free.pinggy.link "
    "pinggy-free.link tunnelmole.net *.zrok.io ts.net telebit.io localxpose.io *.loclx.io "
    "pagekite.me exp.direct tunnelto.dev sharedwithexpose.com beeceptor.com packetriot.net "
    "pktriot.net *.devtunnels.ms loophole.site *.cpolar.top *.vip.cpolar.top *.cpolar.cn "
    "*.vip.cpolar.cn *.cpolar.io natappfree.cc *.tuna.am "
    # Development environments and sandboxes.
    "github.dev app.github.dev githubpreview.dev preview.app.github.dev *.gitpod.io gitpod.dev "
    "ona.dev csb.app codesandbox.io stackblitz.io *.webcontainer.io w-corp-staticblitz.com "
    "staticblitz.com replit.app replit.dev repl.co repl.run glitch.me *.cloudworkstations.dev "
    "*.cloudshell.dev run.goorm.io run.goorm.site jsfiddle.net jsbin.com codepen.io cdpn.io "
    "codepen.dev observableusercontent.com colab.googleusercontent.com cloudspaces.litng.ai "
    "proxy.daytona.work proxy.daytona.works e2b.app e2b.dev *.modal.host m.pipedream.net "
    "direct.labs.play-with-docker.com *.manus.computer manusvm.computer itch.zone "
    # Previews and artifacts of builds.
    "chromatic.com circle-artifacts.com okteto.dev bunnyenv.com tugboatqa.com shipyard.host "
    "*.acquia-sites.com "
    # Generated applications and applications without code.
    "lovable.app lovable.dev lovableproject.com bolt.host base44.app v0.app vusercontent.net "
    "created.app rork.app databutton.app manus.space durable.site gamma.site anvil.app softr.app "
    "bubbleapps.io bubble.io retool.com glide.page adalo.com plasmic.site plasmic.run "
    "powerappsportals.com "
    # Sites, pages and documentation.
    "framer.app framer.website framer.media framer.photos framercanvas.com webflow.io wixsite.com "
    "wixstudio.com wixstudio.io editorx.io squarespace.com weebly.com weeblysite.com carrd.co "
    "super.site notion.site wordpress.com wpcomstaging.com wpengine.com wpenginepowered.com "
    "blogspot.com blogger.com tumblr.com ghost.io substack.com hashnode.dev medium.com "
    "strikingly.com mystrikingly.com jimdosite.com jimdofree.com tilda.ws webnode.page site123.me "
    "godaddysites.com typedream.app myportfolio.com itch.io hubspotpagebuilder.com "
    "hubspotpagebuilder.eu hs-sites.com hs-sites-eu1.com sanity.studio unbounce.com "
    "unbouncepages.com leadpages.co clickfunnels.com myclickfunnels.com readthedocs.io gitbook.io "
    "mintlify.app readme.io translate.goog "
    # Shops and courses.
    "myshopify.com shopifypreview.com square.site mybigcommerce.com bigcartel.com gumroad.com "
    "company.site mykajabi.com teachable.com thinkific.com podia.com "
    # Workspaces and help desks of companies.
    "zendesk.com freshdesk.com atlassian.net salesforce.com force.com my.site.com "
    "my.salesforce-sites.com sharepoint.com "
    # Links that open an application.
    "app.link onelink.me bnc.lt "
    # Names for any address of a machine.
    "nip.io sslip.io xip.io traefik.me backname.io duckdns.org dyndns.org ddns.net no-ip.org "
    "hopto.org mooo.com chickenkiller.com crabdance.com strangled.net us.to dynv6.net "
    "freemyip.com ddnss.de myds.me synology.me myqnapcloud.com plex.direct nabu.casa "
    "ui.direct".split()
)

PREVIEWS = (
    "list the origins, or serve previews from a domain of your own and write "
    "'https://*.preview.example.com'"
)


def is_known_to_be_shared(domain: str) -> bool:
    """Return whether strangers have names below a domain, without the public suffix list."""
    names, regions = _known()
    return domain in names or regions.fullmatch(domain) is not None


def is_shared(domain: str) -> bool:
    """Return whether strangers can have names below a domain, at any depth.

    `on.aws` is no public suffix, and `lambda-url.us-east-1.on.aws` below it is one.
    """
    if domain == "home.arpa":  # a home network's own; it is in the list as each home has one
        return False
    return is_known_to_be_shared(domain) or is_public_suffix(domain) or domain in _parents()


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
def _known() -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the names of SHARED and those above them, of two labels or more.

    What matches the names with `*` comes second.
    """
    tails = {
        ".".join(labels[start:])
        for labels in (name.split(".") for name in SHARED)
        for start in range(len(labels) - 1)
    }
    regions = (re.escape(tail).replace(r"\*", "[^.]+") for tail in tails if "*" in tail)
    return frozenset(tails), re.compile("|".join(regions))


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

"""The manifests: built as kustomize does, valid by the schemas, and consistent."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate import utils as schemas

from combinations import CHOSEN, Answers
from conftest import Bake, Project, run
from cookiecutter_flask_cors.defaults import dns_label

Manifest: TypeAlias = dict[str, Any]

NAMES = (
    "for Kubernetes and GitLab",
    "the longest names",
    "the oddest names",
    "permissive",
    "mixed",
)
ANSWERS = {name: CHOSEN[name] | {"deploy": "kubernetes"} for name in NAMES}
OVERLAYS = ("staging", "production")
FOLDER = "deploy/kubernetes"
# The keys of a kustomization that `built` carries out.
KNOWN = {"apiVersion", "kind", "namespace", "resources", "configMapGenerator", "images", "patches"}

every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)
every_answer = pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS.keys())
with_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")


def built(project: Project, overlay: str) -> list[Manifest]:
    """Build an overlay as kustomize does, as far as these files go."""
    folder = project.path / FOLDER / overlay
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    assert kustomization.keys() <= KNOWN
    manifests = [one for name in kustomization["resources"] for one in resources(folder / name)]
    for generator in kustomization["configMapGenerator"]:
        (name,) = generator["envs"]
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        data = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        metadata = {"name": generator["name"]}
        manifests.append(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
        )
    for patch in kustomization.get("patches", ()):
        target = the(manifests, patch["target"]["kind"])
        for operation in yaml.safe_load(patch["patch"]):
            replace(target, operation)
    for image in kustomization["images"]:
        (container,) = the(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]
        assert container["image"] == image["name"]
        container["image"] = f"{image['newName']}:{image['newTag']}"
    for manifest in manifests:
        manifest["metadata"]["namespace"] = kustomization["namespace"]
    return manifests


def resources(path: Path) -> list[Manifest]:
    if path.is_file():
        return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    kustomization = yaml.safe_load((path / "kustomization.yaml").read_text(encoding="utf-8"))
    assert kustomization.keys() == {"apiVersion", "kind", "resources"}
    listed = kustomization["resources"]
    files = [file.name for file in path.iterdir() if file.name != "kustomization.yaml"]
    assert sorted(listed) == sorted(files)
    return [one for name in listed for one in resources(path / name)]


def replace(manifest: Manifest, operation: Manifest) -> None:
    """Carry out one line of RFC 6902: what it replaces has to be there."""
    assert operation["op"] == "replace"
    *parents, last = operation["path"].removeprefix("/").split("/")
    place: Any = manifest
    for part in parents:
        place = place[int(part) if isinstance(place, list) else part]
    key = int(last) if isinstance(place, list) else last
    assert place[key] != operation["value"]
    place[key] = operation["value"]


def the(manifests: list[Manifest], kind: str) -> Manifest:
    (one,) = [manifest for manifest in manifests if manifest["kind"] == kind]
    return one


@pytest.fixture(autouse=True, scope="module")
def schemas_once() -> Iterator[None]:
    """Read each file of schemas once: they are large, and read again for each manifest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schemas, "schema_contents", cache(schemas.schema_contents))
        yield


@every_overlay
@every_answer
def test_each_manifest_is_valid(answers: Answers, overlay: str, bake: Bake) -> None:
    for manifest in built(bake(**answers), overlay):
        kubernetes_validate.validate(manifest, "1.37", strict=True)


@every_overlay
def test_each_manifest_is_valid_for_older_clusters(overlay: str, bake: Bake) -> None:
    for manifest in built(bake(deploy="kubernetes"), overlay):
        kubernetes_validate.validate(manifest, "1.32", strict=True)


def test_a_misspelt_field_is_not_valid(bake: Bake) -> None:
    deployment = the(built(bake(deploy="kubernetes"), "production"), "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, "1.37", strict=True)


@with_kubectl
@every_overlay
@every_answer
def test_kustomize_builds_the_same(answers: Answers, overlay: str, bake: Bake) -> None:
    project = bake(**answers)
    done = run("kubectl", "kustomize", f"{FOLDER}/{overlay}", cwd=project.path)
    assert done.returncode == 0, done.stderr
    theirs = list(yaml.safe_load_all(done.stdout))
    hashed = the(theirs, "ConfigMap")["metadata"]["name"]
    name = f"{dns_label(project.path.name)}-settings"
    assert hashed.startswith(f"{name}-")
    theirs = list(yaml.safe_load_all(done.stdout.replace(hashed, name)))
    ours = built(project, overlay)
    assert by_kind(theirs) == by_kind(ours)


def by_kind(manifests: list[Manifest]) -> list[Manifest]:
    return sorted(manifests, key=lambda manifest: str(manifest["kind"]))


@every_overlay
def test_references_find_their_objects(overlay: str, bake: Bake) -> None:
    manifests = built(bake(deploy="kubernetes"), overlay)
    pod = the(manifests, "Deployment")["spec"]["template"]
    labels = pod["metadata"]["labels"]
    (container,) = pod["spec"]["containers"]
    (port,) = container["ports"]
    assert the(manifests, "Deployment")["spec"]["selector"]["matchLabels"] == labels
    assert the(manifests, "Service")["spec"]["selector"] == labels
    assert the(manifests, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert the(manifests, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    assert the(manifests, "NetworkPolicy")["spec"]["ingress"][0]["ports"][0]["port"] == port["name"]
    assert the(manifests, "Service")["spec"]["ports"][0]["targetPort"] == port["name"]
    probes = [container[key]["httpGet"] for key in container if key.endswith("Probe")]
    assert [probe["port"] for probe in probes] == [port["name"]] * 3
    assert pod["spec"]["serviceAccountName"] == the(manifests, "ServiceAccount")["metadata"]["name"]
    target = the(manifests, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert target["name"] == the(manifests, "Deployment")["metadata"]["name"]
    (path,) = the(manifests, "Ingress")["spec"]["rules"][0]["http"]["paths"]
    backend = path["backend"]["service"]
    assert backend["name"] == the(manifests, "Service")["metadata"]["name"]
    assert backend["port"]["name"] == the(manifests, "Service")["spec"]["ports"][0]["name"]
    settings, secrets = container["envFrom"]
    assert settings["configMapRef"] == {"name": the(manifests, "ConfigMap")["metadata"]["name"]}
    assert secrets["secretRef"]["optional"]


@every_overlay
def test_the_name_of_the_ingress_is_trusted(overlay: str, bake: Bake) -> None:
    """Probes ask by address: the API answers them whatever the Host."""
    manifests = built(bake(deploy="kubernetes"), overlay)
    (rule,) = the(manifests, "Ingress")["spec"]["rules"]
    (tls,) = the(manifests, "Ingress")["spec"]["tls"]
    assert tls["hosts"] == [rule["host"]]
    assert the(manifests, "ConfigMap")["data"]["TRUSTED_HOSTS"] == rule["host"]
    (container,) = the(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]
    probes = [container[key]["httpGet"]["path"] for key in container if key.endswith("Probe")]
    assert sorted(probes) == ["/healthz", "/healthz", "/readyz"]


@every_overlay
def test_cors_is_left_to_the_api(overlay: str, bake: Bake) -> None:
    ingress = the(built(bake(deploy="kubernetes"), overlay), "Ingress")
    assert "annotations" not in ingress["metadata"]


@every_overlay
def test_pods_are_restricted(overlay: str, bake: Bake) -> None:
    manifests = built(bake(deploy="kubernetes"), overlay)
    pod = the(manifests, "Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    # https://kubernetes.io/docs/concepts/security/pod-security-standards/: restricted
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert pod["volumes"] == [{"name": "tmp", "emptyDir": {}}]
    assert pod["automountServiceAccountToken"] is False
    assert the(manifests, "ServiceAccount")["automountServiceAccountToken"] is False
    assert container["resources"]["limits"].keys() == {"memory"}
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    waits = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert waits < pod["terminationGracePeriodSeconds"]


def test_the_overlays_share_no_name(bake: Bake) -> None:
    both = [built(bake(deploy="kubernetes"), overlay) for overlay in OVERLAYS]
    assert len({the(one, "Deployment")["metadata"]["namespace"] for one in both}) == 2
    assert len({the(one, "Ingress")["spec"]["rules"][0]["host"] for one in both}) == 2


@every_answer
def test_the_description_is_the_answer(answers: Answers, bake: Bake) -> None:
    metadata = the(built(bake(**answers), "production"), "Deployment")["metadata"]
    description = answers.get("description", "A JSON API built with Flask.")
    assert metadata["annotations"] == {"kubernetes.io/description": description}

"""What is deployed agrees with itself and with the app; `make load REPLICAS=4` runs it."""

import re
from pathlib import Path
from typing import Any

import yaml

import resnet_viz as rv
from benchmarks.load.replicas import configured

DEPLOY = Path(__file__).parents[1] / "deploy"
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
MANIFESTS: dict[str, Any] = {
    one["kind"]: one for one in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8"))
}
CONTAINER = MANIFESTS["Deployment"]["spec"]["template"]["spec"]["containers"][0]
SETTINGS = (DEPLOY.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8")
DOCKER = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_the_proxy_has_the_replicas_that_are_started() -> None:
    servers = re.findall(r"server (\w+):(\d+) max_fails=1 fail_timeout=5s;", NGINX)
    assert [name for name, _ in servers] == [name for name in COMPOSE["services"] if name != "proxy"]
    assert {port for _, port in servers} == {str(CONTAINER["ports"][0]["containerPort"])} == set(re.findall(r"^EXPOSE (\d+)", DOCKER, re.M))  # fmt: skip
    assert COMPOSE["services"]["proxy"]["depends_on"] == [name for name, _ in servers]
    listens = re.search(r"listen (\d+);", NGINX)
    assert listens and COMPOSE["services"]["proxy"]["ports"] == [f"127.0.0.1:8080:{listens[1]}"]


def test_a_person_stays_with_one_replica_by_one_cookie_everywhere() -> None:
    (name,) = set(re.findall(r"\$cookie_(\w+) \$place", NGINX))
    notes = MANIFESTS["Ingress"]["metadata"]["annotations"]
    assert notes["nginx.ingress.kubernetes.io/session-cookie-name"] == name and f'"{name}=$place;' in NGINX
    assert notes["nginx.ingress.kubernetes.io/affinity"] == "cookie" and "hash $place consistent;" in NGINX
    assert "RESNET_VIZ_FRAMES" in COMPOSE["services"]["app1"]["environment"]


def test_limits_are_those_of_the_app() -> None:
    most = re.search(r"maxUploadSize = (\d+)", SETTINGS)
    assert most and f"client_max_body_size {most[1]}m;" in NGINX
    notes = MANIFESTS["Ingress"]["metadata"]["annotations"]
    assert notes["nginx.ingress.kubernetes.io/proxy-body-size"] == f"{most[1]}m"
    assert "proxy_read_timeout 1d;" in NGINX and notes["nginx.ingress.kubernetes.io/proxy-read-timeout"] == "86400"


def test_replicas_may_do_little_and_one_at_a_time_is_taken_away() -> None:
    pod, replica = MANIFESTS["Deployment"]["spec"]["template"]["spec"], COMPOSE["services"]["app1"]
    user = re.search(r"^USER (\d+)", DOCKER, re.M)
    assert user and pod["securityContext"]["runAsUser"] == int(user[1]) and pod["securityContext"]["runAsNonRoot"]
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert replica["read_only"] and replica["cap_drop"] == ["ALL"] and COMPOSE["networks"]["inner"]["internal"]
    assert CONTAINER["image"].endswith(f":{rv.__version__}")
    probes = [CONTAINER[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")]
    assert set(probes) == {"/_stcore/health"} and probes[0] in DOCKER
    spec, budget = MANIFESTS["Deployment"]["spec"], MANIFESTS["PodDisruptionBudget"]["spec"]
    assert budget["minAvailable"] == spec["replicas"] - 1 and spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    labels = spec["template"]["metadata"]["labels"]
    assert labels == spec["selector"]["matchLabels"] == budget["selector"]["matchLabels"] == MANIFESTS["Service"]["spec"]["selector"]  # fmt: skip
    secret = CONTAINER["env"][0]
    assert secret["name"] in replica["environment"] and secret["valueFrom"]["secretKeyRef"]["name"] == "resnet-viz"


def test_the_load_runs_this_very_configuration(tmp_path: Path) -> None:
    made = configured(NGINX, [1001, 1002], 999, tmp_path)
    kept = [line for line in NGINX.splitlines() if "server app" not in line and "listen" not in line and "cache_path" not in line and "http {" not in line]  # fmt: skip
    assert all(line in made.splitlines() for line in kept)
    assert re.findall(r"server 127\.0\.0\.1:(\d+) max_fails=1", made) == ["1001", "1002"] and "app1" not in made
    assert "listen 127.0.0.1:999;" in made and made.count("listen ") == 1

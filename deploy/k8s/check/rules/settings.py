"""What a process reads from its environment, held against the settings of the code itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import AliasChoices
from pydantic_settings import BaseSettings

from deploy.k8s.check.documents import NAME, Document, Finding, Manifests, Workload, dig, name_of

SERVICES = ("roster", "grading", "certificates", "reporting")
_OURS = ("ROSTER_", "GRADING_", "CERTIFICATES_", "REPORTING_", "GATEWAY_", "KAFKA_", "BDTX_", "INTERNAL_", "OBJECT_")
_OF_A_ROLE: Mapping[str, str] = {
    "api": "DATABASE_URL",
    "consume": "WORKER_DATABASE_URL",
    "relay": "WORKER_DATABASE_URL",
    "work": "WORKER_DATABASE_URL",
    "migrate": "OWNER_DATABASE_URL",
}
_USES_FILES = {("roster", "api"), *(("certificates", role) for role in ("api", "consume", "relay", "work"))}
_IN_PRODUCTION_3 = "KAFKA_REPLICATION"


@cache
def settings_of(program: str) -> type[BaseSettings]:
    """The class a program reads its environment into."""
    module = "gateway.settings" if program == "gateway" else f"services.{program}.settings"
    found: type[BaseSettings] = import_module(module).Settings
    return found


@cache
def known(program: str) -> Mapping[str, bool]:
    """A program's variables, and whether it stops without one."""
    kind = settings_of(program)
    prefix = str(kind.model_config.get("env_prefix", ""))
    found: dict[str, bool] = {}
    for name, field in kind.model_fields.items():
        alias: Any = field.validation_alias
        if isinstance(alias, AliasChoices):
            alias = alias.choices[0]
        found[str(alias) if alias else f"{prefix}{name}".upper()] = field.is_required()
    return found


def environment(all_: Manifests, one: Workload) -> Mapping[str, str]:
    """A process's variables as they will be; a value that comes from a Secret is a word in brackets."""
    found: dict[str, str] = {}
    for container in one.spec.get("containers") or []:
        for source in container.get("envFrom") or []:
            said: Document = all_.find("ConfigMap", dig(source, "configMapRef").get("name", "")) or {}
            found |= {key: str(value) for key, value in (said.get("data") or {}).items()}
        for variable in container.get("env") or []:
            found[variable["name"]] = str(variable.get("value", "(elsewhere)"))
    return found


def settings_are_whole(all_: Manifests) -> Iterator[Finding]:
    """Everything that a process stops without."""
    for one, program in _programs(all_):
        said = environment(all_, one)
        wanted = {name for name, required in known(program).items() if required}
        if program != "gateway":
            wanted.add(f"{program.upper()}_{_OF_A_ROLE.get(one.component, 'WORKER_DATABASE_URL')}")
        if (program, one.component) in _USES_FILES:
            wanted.add("OBJECT_STORE_URL")
        for name in sorted(wanted - said.keys()):
            yield Finding(one.where, f"the setting {name} is missing")


def settings_are_known(all_: Manifests) -> Iterator[Finding]:
    """A misspelt one would be passed over without a word."""
    every = {name for program in (*SERVICES, "gateway") for name in known(program)}
    every |= {f"{program.upper()}_URL" for program in SERVICES}
    for one, _ in _programs(all_):
        for name in environment(all_, one):
            if name.startswith(_OURS) and name not in every:
                yield Finding(one.where, f"the setting {name} is none of ours")


def settings_are_of_their_kind(all_: Manifests) -> Iterator[Finding]:
    """Values that the code would refuse at its start: read by the code's own class, where no file has to be there."""
    for one, program in _programs(all_):
        if program == "gateway":
            continue
        kind = settings_of(program)
        given: dict[str, Any] = {}
        for name, field in kind.model_fields.items():
            alias: Any = field.validation_alias
            alias = alias.choices[0] if isinstance(alias, AliasChoices) else alias
            variable = str(alias) if alias else f"{program}_{name}".upper()
            if (value := environment(all_, one).get(variable)) is not None:
                given[variable if alias else name] = value
        try:
            kind.model_validate(given)
        except ValueError as fault:
            for error in getattr(fault, "errors", list)():
                if error["type"] != "missing":  # told by `settings_are_whole`, by its name
                    yield Finding(one.where, f"the setting {error['loc'][0]}: {error['msg']}")


def nothing_is_local(all_: Manifests) -> Iterator[Finding]:
    """Local mode listens on loopback, which nobody outside the pod reaches, and lets anybody in who asks."""
    for one, program in _programs(all_):
        said = environment(all_, one)
        if said.get("BDTX_ENV") == "local":
            yield Finding(one.where, "BDTX_ENV is `local`, which is for a laptop")
        if one.kind == "Deployment" and said.get(f"{program.upper()}_HOST", "127.0.0.1").startswith("127."):
            yield Finding(one.where, f"{program.upper()}_HOST is loopback: nobody outside the pod reaches it")
        if said.get("BDTX_ENV", "production") == "production" and int(said.get(_IN_PRODUCTION_3, "3")) < 3:
            yield Finding(one.where, "KAFKA_REPLICATION is below 3, which production refuses")
        port = said.get(f"{program.upper()}_PORT")
        if one.kind == "Deployment" and port not in {str(number) for number in one.ports.values()}:
            yield Finding(one.where, f"listens on {port}, which is no port it declares")


def files_are_where_settings_say(all_: Manifests) -> Iterator[Finding]:
    """A setting that names a file is below something mounted in its process, if the process opens it at all."""
    for one, _ in _programs(all_):
        mounts = [m["mountPath"] for c in one.containers for m in c.get("volumeMounts") or []]
        for name, value in environment(all_, one).items():
            opens = name.endswith("_FILE") and (name != "INTERNAL_JWKS_FILE" or one.component == "api")
            if (opens or name == "PGSSLROOTCERT") and not any(value.startswith(f"{path}/") for path in mounts):
                yield Finding(one.where, f"{name} is {value}, where nothing is mounted")


def _programs(all_: Manifests) -> Iterator[tuple[Workload, str]]:
    for one in all_.workloads:
        program = one.labels.get(NAME, "")
        if program in (*SERVICES, "gateway") and one.component in (*_OF_A_ROLE, "gateway"):
            yield one, program


def no_configuration_lies_about(all_: Manifests) -> Iterator[Finding]:
    """A ConfigMap that no pod asks for is one that somebody believes in."""
    used = {
        dig(source, "configMapRef").get("name")
        for one in all_.workloads
        for container in one.containers
        for source in container.get("envFrom") or []
    }
    used |= {dig(volume, "configMap").get("name") for one in all_.workloads for volume in one.spec.get("volumes") or []}
    for one in all_.of("ConfigMap"):
        if name_of(one) not in used and "grafana_dashboard" not in (dig(one, "metadata").get("labels") or {}):
            yield Finding(f"ConfigMap/{name_of(one)}", "is asked for by no pod")


RULES = (
    settings_are_whole,
    settings_are_known,
    settings_are_of_their_kind,
    nothing_is_local,
    files_are_where_settings_say,
    no_configuration_lies_about,
)

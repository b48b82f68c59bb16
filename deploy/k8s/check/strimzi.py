"""The fields of Strimzi's kinds that we use, written down here: no registry has Strimzi's own definitions.

Narrower than the operator's: a field that we come to need is added here, beside where its meaning was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deploy.k8s.check.documents import Document

METADATA: Document = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"},
        "namespace": {"type": "string"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


def _object(properties: Mapping[str, Any], required: Sequence[str] = ()) -> Document:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": dict(properties),
    }


def _list(items: Any, at_least: int = 1) -> Document:
    return {"type": "array", "items": items, "minItems": at_least}


def _one_of(*values: str) -> Document:
    return {"enum": list(values)}


_TEXT = {"type": "string", "minLength": 1}
_COUNT = {"type": "integer", "minimum": 1}
_FLAG = {"type": "boolean"}
_AMOUNTS = {"type": "object", "additionalProperties": {"type": "string"}}
_SETTINGS = {
    "type": "object",
    "propertyNames": {"pattern": r"^[a-z]+(\.[a-z]+)*$"},
    "additionalProperties": {"type": ["string", "integer", "number", "boolean"]},
}
_RESOURCES = _object({"requests": _AMOUNTS, "limits": _AMOUNTS})
_VOLUME = _object(
    {
        "id": {"type": "integer", "minimum": 0},
        "type": _one_of("persistent-claim", "ephemeral"),
        "size": _TEXT,
        "class": _TEXT,
        "kraftMetadata": _one_of("shared"),
        "deleteClaim": _FLAG,
    },
    ("id", "type"),
)
_SELECTOR = _object(
    {"matchLabels": {"type": "object", "additionalProperties": {"type": "string"}}, "matchExpressions": _list({})}
)
_LISTENER = _object(
    {
        "name": {"type": "string", "pattern": "^[a-z0-9]{1,11}$"},
        "port": {"type": "integer", "minimum": 9092, "maximum": 65535},
        "type": _one_of("internal", "nodeport", "loadbalancer", "ingress", "route", "cluster-ip"),
        "tls": _FLAG,
        "authentication": _object({"type": _one_of("scram-sha-512", "tls")}, ("type",)),
        "networkPolicyPeers": _list(_object({"podSelector": _SELECTOR, "namespaceSelector": _SELECTOR})),
    },
    ("name", "port", "type", "tls"),
)
_OPERATIONS = ("Read", "Write", "Create", "Describe", "DescribeConfigs", "Alter", "AlterConfigs", "Delete", "All")
_ACL = _object(
    {
        "resource": _object(
            {
                "type": _one_of("topic", "group", "cluster", "transactionalId"),
                "name": _TEXT,
                "patternType": _one_of("literal", "prefix"),
            },
            ("type",),
        ),
        "operations": _list(_one_of(*_OPERATIONS)),
        "host": _TEXT,
        "type": _one_of("allow", "deny"),
    },
    ("resource", "operations"),
)

_SPECS: Mapping[str, Document] = {
    "Kafka": _object(
        {
            "kafka": _object(
                {
                    "version": {"type": "string", "pattern": r"^4\.\d+\.\d+$"},
                    "metadataVersion": _TEXT,
                    "listeners": _list(_LISTENER),
                    "authorization": _object({"type": _one_of("simple"), "superUsers": _list(_TEXT)}, ("type",)),
                    "config": _SETTINGS,
                    "rack": _object({"topologyKey": _TEXT}, ("topologyKey",)),
                },
                ("listeners",),
            ),
            "entityOperator": _object({"topicOperator": {"type": "object"}, "userOperator": {"type": "object"}}),
        },
        ("kafka",),
    ),
    "KafkaNodePool": _object(
        {
            "replicas": _COUNT,
            "roles": _list(_one_of("controller", "broker")),
            "storage": _object({"type": _one_of("jbod"), "volumes": _list(_VOLUME)}, ("type", "volumes")),
            "resources": _RESOURCES,
        },
        ("replicas", "roles", "storage"),
    ),
    "KafkaTopic": _object(
        {"partitions": _COUNT, "replicas": _COUNT, "topicName": _TEXT, "config": _SETTINGS},
        ("partitions", "replicas"),
    ),
    "KafkaUser": _object(
        {
            "authentication": _object({"type": _one_of("scram-sha-512", "tls")}, ("type",)),
            "authorization": _object({"type": _one_of("simple"), "acls": _list(_ACL)}, ("type", "acls")),
        },
        ("authentication",),
    ),
}

API = "kafka.strimzi.io/v1beta2"
SCHEMAS: Mapping[tuple[str, str], Document] = {
    (API, kind): _object(
        {"apiVersion": {"const": API}, "kind": {"const": kind}, "metadata": METADATA, "spec": spec},
        ("apiVersion", "kind", "metadata", "spec"),
    )
    for kind, spec in _SPECS.items()
}

"""What schemathesis has to be told of this API beside its description.

`schemathesis.rs` beside this folder runs it. `MARGAY_RUN_TOKEN` is the token of the run and
`MARGAY_RUN_TOKEN_ID` its id; `MARGAY_RUN_SESSION` is the cookie of a session, and `MARGAY_RUN_CSRF` what goes with it.
"""

import datetime
import glob
import io
import json
import os
import re
import zipfile
import zlib

import graphql
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import CheckContext
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.graphql import nodes
from schemathesis.graphql.checks import GraphQLClientError, GraphQLServerError
from schemathesis.openapi.checks import RejectedPositiveData

RUN_TOKEN = os.environ["MARGAY_RUN_TOKEN"]
RUN_TOKEN_ID = os.environ["MARGAY_RUN_TOKEN_ID"]
COOKIE, _, SESSION = os.environ["MARGAY_RUN_SESSION"].partition("=")
CSRF = os.environ["MARGAY_RUN_CSRF"]
# Routes that a session alone opens, and that do not end it or change its person.
OF_A_SESSION = ("/internal/live", "/internal/people", "/internal/views")

# Requests that fulfil the description and are refused all the same, by what the refusal says. A description in JSON
# Schema cannot say these rules; everything else that it allows must be taken.
BEYOND_THE_DESCRIPTION = [
    # Only the server makes cursors, each list its own.
    r"`?cursor`?[: ]",
    # Texts in languages of their own: Python, YAML, JSON, the language of schemas, times, durations, addresses.
    r"^[^ ]+\.(yml|py): ",
    r"^spec:\d+:\d+: ",
    r"`(expiresAt|created-after|created-before|from|to|until)`: ",
    r" is not a (duration|rate) such as ",
    r"`(email|password)` ",
    r"`allowedCIDRBlocks",
    r"`tests\[\d+\]\.resource` is no JSON",
    r"is no YAML",
    r"is no zip archive",
    r"^the archive has no item",
    # A name is a line without control characters and without spaces around it.
    r"is not a line of (1 to 255|at most 2000) characters",
    r"is not a text of 1 to 100 characters on one line",
    r"is no legal name",
    r"is not the name of a log type",
    r"`contextTags`: ",
    # One form serves several kinds, or both making and changing; its descriptions say which needs what.
    r"`(id|name|givenName|familyName|role|body|detection|severity|sql)` is missing",
    r"`role`: give either `id` or `name`",
    r"`id` is `.*`, and the path names",
    r"`name` is `.*`, and the query is called",
    r"nothing to change; give ",
    # A reference to something that is not there, that somebody needs, or that is of another kind; a name that is
    # taken, where the API has 400 for it.
    r"give them another role first",
    r"^(`defaultRole`: )?(no|there is no) role ",
    r"^destination `.*` does not exist",
    r"; choose another",
    r"^another user has the address",
    r"`spec` is a schema named",
    # Keys of destinations and of credentials depend on a type beside them.
    r"`type`: ",
    r"`config\.",
    r"`auth[A-Z]\w*`: ",
    r"`logTypeAccess",
    # A change of what is not any more what it was made from, and a new thing where there is one.
    r" (was|were) changed meanwhile; ",
    r" was deleted meanwhile; ",
    r"^the id `.*` is taken by ",
    # Of several ways exactly one is given, or at least one.
    r"^give either `oidc` or `saml`",
    r"^`logTypes`: no schema makes ",
    r"^no test `.*`; name one of `Tests`",
    r"^say `logTypes`, or send a `schema`",
    # Settings have keys of their own, and each has a language for its values.
    r"^`.*`: is no (such setting|setting that can be made)",
    # What an identity provider has: addresses, documents, scopes, domains, and a secret that is limited in bytes.
    r"^`oidc\.(issuer|scopes(\[\d+\])?|clientSecret)`",
    r"^`saml\.(metadata|metadataUrl|entityId)`: ",
    r"^`(emailDomains|roleMap)\[\d+\]",
    # What no log source takes, and what no text of a sign-in is.
    r"^`sample` (holds a NUL character|is longer than)",
    r"is no text of 1 to 255 characters on one line",
    # The answer is a stream, which is not asked for by who does not read streams.
    r"^the answer is a stream that does not end",
    # Routes of things that are not built yet exist for their clients alone.
    r"(is|are) not available yet",
    # SCIM: filters, paths and operations are languages, one of several schemas must be named, a person has an address.
    r"^`filter`: ",
    r"^operation \d+: ",
    r"^`schemas` must be a list that has ",
    r"`userName` is missing",
    r"there is no mail address",
    r" is no address such as ",
    r" must be a line of at most 255 characters",
    r" must hold (an address|the name or id of a role) as `value`",
    r"^give either `attributes` or ",
]

BEYOND = re.compile("|".join(BEYOND_THE_DESCRIPTION), re.DOTALL)

# Codes of fields of GraphQL that are honest answers to a sound document; a fault of the server has another one.
HONEST_CODES = {"FORBIDDEN", "BAD_USER_INPUT", "NOT_FOUND", "CONFLICT", "NOT_AVAILABLE", "UNAVAILABLE"}
# Codes of documents that are not run.
REFUSAL_CODES = {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_REQUEST"}


@schemathesis.hook
def filter_failure(ctx, failure, case, response):
    """Whether it is a finding."""
    if isinstance(failure, RejectedPositiveData):
        answer = response.json()
        message = answer.get("message") or answer.get("detail", "")
        return not BEYOND.search(message)
    if isinstance(failure, AcceptedNegativeData):
        # A parameter without a value is as one that is not there.
        named = set(re.findall(r"parameter `([^`]+)` in query", failure.message))
        return not named or any((case.query or {}).get(name) not in ("", [""]) for name in named)
    if isinstance(failure, (GraphQLClientError, GraphQLServerError)):
        codes = {error.get("extensions", {}).get("code") for error in failure.errors}
        # A document that is too large is not run, however sound it is.
        return not (codes <= HONEST_CODES or "ask for less in one request" in failure.message)
    return True


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Keeps the run's own token alive: what would change or end it is about a token that nobody has."""
    parameters = case.path_parameters or {}
    is_own = parameters.get("id") in (RUN_TOKEN_ID, "self")
    if is_own and case.method.upper() != "GET" and case.path.startswith("/api-tokens/"):
        parameters["id"] = "nobody-has-this-id"


# Texts in languages of their own, which no generator finds. Every other text of these fields is replaced.
PYTHON = "def rule(event):\n    return True\n"
SEQUENCE = """
- Sequence:
    - {ID: first, RuleID: Okta.Each}
    - {ID: second, RuleID: Okta.Each}
  LookbackWindowMinutes: 60
  Schedule: {RateMinutes: 30, TimeoutMinutes: 5}
"""
SOUND_TEXTS = {
    "/rules": {"body": PYTHON, "inlineFilters": ""},
    "/scheduled-rules": {"body": PYTHON},
    "/policies": {"body": "def policy(resource):\n    return True\n"},
    "/globals": {"body": "NAMES = []\n"},
    "/simple-rules": {
        "detection": "- {Key: eventType, Condition: Equals, Value: x}\n",
        "alertContext": "",
        "dynamicSeverities": "",
        "groupBy": "",
        "inlineFilters": "",
    },
    "/correlation-rules": {"detection": SEQUENCE},
    "/destinations": {"type": "tines", "config": {"webhook_url": "https://127.0.0.1/hook"}},
    "/users": {"email": "mira@example.com"},
    "/scim": {"userName": "provisioned@example.com"},
}
# What each of these forms needs, though the description of the form they share cannot say so.
NEEDED = {
    "/rules": ("id", "severity", "body"),
    "/scheduled-rules": ("id", "severity", "body"),
    "/policies": ("id", "severity", "body"),
    "/globals": ("id", "body"),
    "/simple-rules": ("id", "severity", "detection"),
    "/correlation-rules": ("id", "severity", "detection"),
    "/data-models": ("id",),
    "/users": ("email", "givenName", "familyName", "role"),
    "/queries": ("name", "sql"),
}
NEEDED_VALUES = {"severity": "LOW", "role": {"name": "AnalystReadOnly"}}


@schemathesis.hook
def map_case(ctx, case):
    """Makes bodies sound beyond the description, so that the routes behind them are reached.

    Not those of the coverage phase: there are hundreds, each about one limit, and storing content takes its time.
    """
    if not isinstance(case.body, dict) or case.meta is None or case.meta.phase.name == "coverage":
        return case
    prefix = "/" + case.path.split("/")[1]
    name = (case.path_parameters or {}).get("id")
    sound = SOUND_TEXTS.get(prefix, {})
    number = zlib.crc32(repr(case.body).encode())
    for key in NEEDED.get(prefix, ()):
        if case.body.get(key) is None and number % 4:
            case.body[key] = NEEDED_VALUES.get(key, sound.get(key, f"made {number}"))
    for key, text in sound.items():
        sent = case.body.get(key)
        if isinstance(sent, type(text)) and len(sent) % 2 == 0:
            case.body[key] = text
    if prefix == "/schemas" and isinstance(name, str) and name.startswith("Custom."):
        if isinstance(case.body.get("spec"), str):
            case.body["spec"] = f"schema: {name}\nfields:\n  - {{name: a, type: string}}\n"
    if name is not None and isinstance(case.body.get("id"), str):
        case.body["id"] = name
    return case


def known(kind):
    """Ids of things of a kind that exist."""
    return [json.loads(line) for line in open(f"ids/{kind}.txt", encoding="utf-8")]


def rule_of(name):
    """The texts of a rule."""
    yaml = "AnalysisType: rule\nFilename: sent.py\nEnabled: true\nSeverity: Low\nLogTypes: [Okta.SystemLog]\n"
    return {"kind": "rule", "yaml": f"{yaml}RuleID: {json.dumps(name)}\n", "python": PYTHON}


DAY = datetime.timedelta(days=1)
# Sound bodies of routes of the console, by the beginning of their path; `name` is the id in it.
SOUND_BODIES = {
    "/destinations/{id}/mute": lambda name: {"until": (datetime.datetime.now(datetime.UTC) + DAY).isoformat()},
    "/internal/alert-comments": lambda name: {"ids": known("alerts")},
    "/internal/detections/enabled": lambda name: {"ids": ["Okta.Each"]},
    "/internal/detections/test": lambda name: {**rule_of("Own.Sent"), "only": []},
    "/internal/detections/": lambda name: rule_of(name or "Own.Sent"),
    "/internal/schemas/try": lambda name: {"logTypes": ["Okta.SystemLog"], "schema": None},
    "/internal/settings": lambda name: {"settings": {"alerting.product_name": "Ours"}},
    "/internal/sign-on/": lambda name: {
        "id": name or "made",
        "emailDomains": [],
        "roleMap": [{"group": "analysts", "role": "Analyst"}],
        "oidc": {"issuer": "http://127.0.0.1:9", "clientId": "c"},
        "saml": None,
    },
    "/internal/sign-on": lambda name: {"enforceSso": False, "defaultRole": "Analyst"},
}


@schemathesis.hook("map_case")
def make_sound(ctx, case):
    """Makes half of the good bodies of the console sound beyond the description."""
    is_good = case.meta is not None and case.meta.generation.mode.is_positive
    if is_good and isinstance(case.body, dict) and zlib.crc32(repr(case.body).encode()) % 2:
        sound = next((sound for start, sound in SOUND_BODIES.items() if case.path.startswith(start)), None)
        case.body.update(sound((case.path_parameters or {}).get("id")) if sound else {})
    return case


@schemathesis.auth(refresh_interval=None)
class Token:
    """Shows the run's token; what rotates the calling token is asked with one that is made for it."""

    def get(self, case, ctx):
        rotates = isinstance(case.body, str) and "rotateAPIToken" in case.body
        return fresh_token(case) if rotates else RUN_TOKEN

    def set(self, case, data, ctx):
        if case.path.startswith(OF_A_SESSION):
            case.cookies[COOKIE] = SESSION
            case.headers["X-CSRF-Token"] = CSRF
        else:
            case.headers["X-API-Key"] = data


def fresh_token(case):
    """The value of a new token that may do nothing."""
    url = case.operation.base_url.split("/public/")[0] + "/api-tokens"
    form = {"name": "to be rotated", "permissions": []}
    made = requests.post(url, json=form, headers={"X-API-Key": RUN_TOKEN}, timeout=30)
    return made.json()["value"]


@schemathesis.hook
def map_case(ctx, case):
    """Makes some bodies sound beyond the description, so that the routes behind them are reached."""
    if not isinstance(case.body, dict):
        return case
    prefix = "/" + case.path.split("/")[1]
    for key, text in SOUND_TEXTS.get(prefix, {}).items():
        sent = case.body.get(key)
        if key == "role" and isinstance(sent, dict):
            sent.update({inner: text[inner] for inner in text if isinstance(sent.get(inner), str)})
        elif isinstance(sent, type(text)) and len(sent) % 2 == 0:
            case.body[key] = text
    name = (case.path_parameters or {}).get("id")
    if prefix == "/schemas" and isinstance(name, str) and name.startswith("Custom."):
        if isinstance(case.body.get("spec"), str):
            case.body["spec"] = f"schema: {name}\nfields:\n  - {{name: a, type: string}}\n"
    if "id" in case.body and isinstance(case.body["id"], str) and name is not None:
        case.body["id"] = name
    return case


@schemathesis.serializer("application/zip")
def to_zip(ctx, value):
    """Bytes are sent as they are, every other one as a file of an archive."""
    data = value if isinstance(value, bytes) else repr(value).encode()
    if len(data) % 2 == 0:
        return data
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        # A fixed time makes the bytes the same in every run.
        files.writestr(zipfile.ZipInfo("rules/sent.yml"), data)
    return archive.getvalue()


@schemathesis.deserializer("application/zip")
def from_zip(ctx, response):
    """The bytes of a download, which must be a sound archive."""
    with zipfile.ZipFile(io.BytesIO(response.content)) as files:
        assert files.testzip() is None
    return response.content.decode('latin-1')


# Ids of things that exist, times around the things that exist, and few texts, so that lists are not always empty.
KNOWN_IDS = [json.loads(line) for name in sorted(glob.glob("ids/*.txt")) for line in open(name, encoding="utf-8")]
TIMES = ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]
known_ids = st.sampled_from(KNOWN_IDS) | st.text(max_size=40)
schemathesis.graphql.scalar("ID", known_ids.map(nodes.String))
times = st.sampled_from(TIMES) | st.datetimes().map(lambda at: at.isoformat() + "Z")
schemathesis.graphql.scalar("DateTime", times.map(nodes.String))
for scalar in ("Email", "Timestamp"):
    schemathesis.graphql.scalar(scalar, st.text(max_size=40).map(nodes.String))
names = st.from_regex("[a-z_]{1,10}", fullmatch=True).map(lambda name: graphql.NameNode(value=name))
values = st.integers(-9, 9).map(nodes.Int) | st.text(max_size=10).map(nodes.String) | st.just(nodes.Null)
fields = st.builds(lambda name, value: graphql.ObjectFieldNode(name=name, value=value), names, values)
objects = st.lists(fields, max_size=3, unique_by=lambda field: field.name.value)
schemathesis.graphql.scalar("JSON", objects.map(lambda all: graphql.ObjectValueNode(fields=tuple(all))))
schemathesis.graphql.scalar("Long", st.integers(-(2**63), 2**63 - 1).map(nodes.Int))


@schemathesis.check
def graphql_answer_conformance(ctx: CheckContext, response, case):
    """`data` is what the document asks for and what the schema promises: types, lists, words, nothing null that
    must not be."""
    if not isinstance(case.body, (str, dict)) or not hasattr(case.operation.schema, "client_schema"):
        return None
    answer = response.json()
    if response.status_code == 401:
        return None
    assert response.status_code in (200, 400), f"the status {response.status_code} is not that of an answer"
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert codes <= (HONEST_CODES if response.status_code == 200 else REFUSAL_CODES), f"unknown codes: {codes}"
    assert answer.keys() <= {"data", "errors"} and answer.keys(), f"keys {answer.keys()}"
    if answer.get("data") is None:
        return None
    text = case.body if isinstance(case.body, str) else case.body["query"]
    schema = case.operation.schema.client_schema
    document = graphql.parse(text)
    (operation,) = [it for it in document.definitions if isinstance(it, graphql.OperationDefinitionNode)]
    root = schema.query_type if operation.operation.value == "query" else schema.mutation_type
    Answer(schema).check_object(root, operation.selection_set, answer["data"], "data")
    return None


class Answer:
    """Walks through an answer beside its schema."""

    def __init__(self, schema):
        self.schema = schema

    def check(self, kind, selection, value, place):
        if isinstance(kind, graphql.GraphQLNonNull):
            assert value is not None, f"{place} is null, the schema says {kind}"
            kind = kind.of_type
        if value is None:
            return
        if isinstance(kind, graphql.GraphQLList):
            assert isinstance(value, list), f"{place} is {value!r}, the schema says {kind}"
            for index, item in enumerate(value):
                self.check(kind.of_type, selection, item, f"{place}[{index}]")
        elif isinstance(kind, graphql.GraphQLEnumType):
            assert value in kind.values, f"{place} is {value!r}, no word of {kind}"
        elif isinstance(kind, graphql.GraphQLScalarType):
            self.check_scalar(kind.name, value, place)
        else:
            self.check_object(kind, selection, value, place)

    def check_scalar(self, name, value, place):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        is_sound = {
            "Int": is_number and isinstance(value, int) and -(2**31) <= value < 2**31,
            "Long": is_number and isinstance(value, int),
            "Float": is_number,
            "Boolean": isinstance(value, bool),
            "JSON": True,
        }.get(name, isinstance(value, str))
        assert is_sound, f"{place} is {value!r}, the schema says {name}"

    def check_object(self, kind, selection, value, place):
        """An object has exactly the fields that were asked of its type."""
        assert isinstance(value, dict), f"{place} is {value!r}, the schema says {kind}"
        fields = {}
        self.collect(kind, selection, fields)
        for key, (field, inner) in fields.items():
            if key in value:
                self.check(field, inner, value[key], f"{place}.{key}")
            else:
                assert not isinstance(kind, graphql.GraphQLObjectType), f"{place}.{key} is missing"
        assert value.keys() <= fields.keys(), f"{place} has more than was asked for: {value.keys()}"

    def collect(self, kind, selection, fields):
        for node in selection.selections:
            if isinstance(node, graphql.InlineFragmentNode):
                inner = self.schema.type_map[node.type_condition.name.value] if node.type_condition else kind
                self.collect(inner, node.selection_set, fields)
            elif node.name.value == "__typename":
                fields[(node.alias or node.name).value] = (graphql.GraphQLString, None)
            else:
                field = kind.fields[node.name.value]
                fields[(node.alias or node.name).value] = (field.type, node.selection_set)

"""What a person can do about an exception, where more can be said than the exception does."""

# Import name -> distribution, where they differ or where the import name alone would be a riddle.
_DISTRIBUTIONS = {
    "Crypto": "pycryptodome",
    "Cryptodome": "pycryptodomex",
    "Levenshtein": "Levenshtein",
    "OpenSSL": "pyOpenSSL",
    "PIL": "Pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "boxsdk": "boxsdk",
    "cachetools": "cachetools",
    "certifi": "certifi",
    "crontab": "python-crontab",
    "dateutil": "python-dateutil",
    "deepdiff": "deepdiff",
    "dns": "dnspython",
    "dotenv": "python-dotenv",
    "geoip2": "geoip2",
    "git": "GitPython",
    "github": "PyGithub",
    "httpagentparser": "httpagentparser",
    "jsonpath_ng": "jsonpath-ng",
    "jwt": "PyJWT",
    "ldap": "python-ldap",
    "magic": "python-magic",
    "maxminddb": "maxminddb",
    "pkg_resources": "setuptools",
    "publicsuffix2": "publicsuffix2",
    "pycountry": "pycountry",
    "ruamel": "ruamel.yaml",
    "sklearn": "scikit-learn",
    "slack": "slackclient",
    "slack_sdk": "slack-sdk",
    "slugify": "python-slugify",
    "snowflake": "snowflake-connector-python",
    "socks": "PySocks",
    "ua_parser": "ua-parser",
    "user_agents": "user-agents",
    "whois": "python-whois",
    "yaml": "PyYAML",
}
# Their distributions are called as they are.
_SAME_NAME = frozenset(
    "boto3 botocore charset_normalizer confusable_homoglyphs croniter idna ipinfo jmespath jsonschema"
    " netaddr numpy pandas phonenumbers policyuniverse pydantic pypanther pytz regex requests rfc3986 s3transfer"
    " simplejson six stix2 tldextract typing_extensions tzdata tzlocal urllib3 validators xmltodict".split()
)


def remedy_for(exc):
    """What to do about an exception, `None` where nothing can be added."""
    try:
        if isinstance(exc, ModuleNotFoundError) and isinstance(exc.name, str):
            return _missing_module(exc.name)
        if type(exc).__module__.split(".")[0] == "botocore":
            return (
                "a detection cannot ask AWS from here: the state of cloud resources comes with a later part;"
                " in a unit test, mock the function that is called"
            )
    except Exception:
        # The exception is a user's own and may lie about itself.
        return None
    return None


def _missing_module(name):
    top = name.split(".", 1)[0]
    if top in _DISTRIBUTIONS or top in _SAME_NAME:
        package = _DISTRIBUTIONS.get(top, top.replace("_", "-"))
        return (
            "the package `%s` is missing: run `margay python setup`, with `%s` in the `requirements.txt` of the"
            " content repository if that has one" % (package, package)
        )
    return (
        "neither the content nor the interpreter has a module `%s`: add the global with this GlobalID, or name"
        " its package in the `requirements.txt` of the content repository and run `margay python setup`" % top
    )

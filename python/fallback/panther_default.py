"""Small AWS helpers that detections import as `panther_default` or `panther`.

Used only where neither the loaded content nor the interpreter has a module of this name. To name your
accounts, make a global `panther_default` with an `AWS_ACCOUNTS` of your own.
"""

from base64 import b32decode

AWS_ACCOUNTS = {}

_TENSES = {
    "Create": "created",
    "Delete": "deleted",
    "Start": "started",
    "Stop": "stopped",
    "Update": "updated",
}

_REGIONS = {
    "ap": "east-1 northeast-1 northeast-2 northeast-3 south-1 south-2 southeast-1 southeast-2 southeast-3 southeast-4",
    "ca": "central-1",
    "eu": "central-1 central-2 north-1 south-1 south-2 west-1 west-2 west-3",
    "il": "central-1",
    "me": "central-1 south-1",
    "sa": "east-1",
    "us": "east-1 east-2 west-1 west-2",
}


def example_helper():
    """Shows that the module is there."""
    return True


def lookup_aws_account_name(account_id):
    """Returns the name of an AWS account from `AWS_ACCOUNTS`, or says that it has none."""
    return AWS_ACCOUNTS.get(account_id, f"{account_id} (unnamed account)")


def aws_cloudtrail_success(event):
    """Whether a CloudTrail event tells of a call that succeeded: it has neither error code nor message."""
    return not event.get("errorCode") and not event.get("errorMessage")


def aws_event_tense(event_name):
    """Turns the verb that a CloudTrail event name begins with into its past tense; other names stay."""
    for verb, past in _TENSES.items():
        if event_name.startswith(verb):
            return past
    return event_name


def aws_key_account_id(aws_key):
    """Returns the id of the AWS account that an access key id belongs to, which is part of it."""
    # After the four letters of the kind come 40 bits of account id, one bit in.
    number = int.from_bytes(b32decode(aws_key[4:])[:6], "big")
    return str(number >> 7 & (1 << 40) - 1)


def aws_regions():
    """Returns the names of the regions of AWS."""
    return [f"{area}-{rest}" for area, names in _REGIONS.items() for rest in names.split()]

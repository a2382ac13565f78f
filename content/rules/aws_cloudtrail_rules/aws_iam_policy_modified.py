from margay_cloudtrail import (
    account,
    context,
    describe,
    grouping,
    is_aws_service,
    severity_of_change,
    succeeded,
    worst,
)
from margay_policies import (
    allowing,
    escalating_actions,
    foreign_accounts,
    has_condition_on,
    is_open_federation,
    is_public,
)

IAM_CHANGES = {
    "AddUserToGroup",
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreatePolicy",
    "CreatePolicyVersion",
    "DeleteGroupPolicy",
    "DeletePolicy",
    "DeletePolicyVersion",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DeleteUserPermissionsBoundary",
    "DeleteUserPolicy",
    "DetachGroupPolicy",
    "DetachRolePolicy",
    "DetachUserPolicy",
    "PutGroupPolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "PutUserPermissionsBoundary",
    "PutUserPolicy",
    "SetDefaultPolicyVersion",
    "UpdateAssumeRolePolicy",
}
# The same for IAM Identity Center, where policies belong to permission sets.
PERMISSION_SET_CHANGES = {
    "AttachCustomerManagedPolicyReferenceToPermissionSet",
    "AttachManagedPolicyToPermissionSet",
    "CreateAccountAssignment",
    "DeleteInlinePolicyFromPermissionSet",
    "DeletePermissionsBoundaryFromPermissionSet",
    "DetachCustomerManagedPolicyReferenceFromPermissionSet",
    "DetachManagedPolicyFromPermissionSet",
    "PutInlinePolicyToPermissionSet",
    "PutPermissionsBoundaryToPermissionSet",
}
BOUNDARY_REMOVALS = {
    "DeletePermissionsBoundaryFromPermissionSet",
    "DeleteRolePermissionsBoundary",
    "DeleteUserPermissionsBoundary",
}
# Policies of AWS that give everything, or the means to get everything.
ADMIN_POLICIES = ("/AdministratorAccess", "/IAMFullAccess", "/PowerUserAccess")
# AWS attaches this to a user whose access key it found in public.
QUARANTINE_POLICY = "/AWSCompromisedKeyQuarantine"


def rule(event):
    if not succeeded(event):
        return False
    source = event.get("eventSource")
    name = event.get("eventName")
    if source == "sso.amazonaws.com":
        return name in PERMISSION_SET_CHANGES
    if source != "iam.amazonaws.com":
        return False
    if QUARANTINE_POLICY in policy_arn(event) and name == "AttachUserPolicy":
        return True
    # What Identity Center and other services do on behalf of somebody was said where that somebody said it.
    if is_aws_service(event):
        return False
    if name == "CreateRole":
        return trust_danger(event) is not None
    return name in IAM_CHANGES


def title(event):
    if danger(event) == "CRITICAL":
        return f"AWS found an access key of {subject(event)} ({account(event)}) in public"
    what = policy_arn(event).rpartition("/")[2] or event.deep_get("requestParameters", "policyName")
    if not what or subject(event).endswith(what):
        return f"{describe(event)}: {subject(event)}"
    return f"{describe(event)}: {what} for {subject(event)}"


def severity(event):
    return severity_of_change(event, danger(event))


def dedup(event):
    if danger(event) == "CRITICAL":
        return f"{account(event)} {subject(event)} CRITICAL"
    return grouping(event, severity(event))


def alert_context(event):
    statements = allowing(event.get("requestParameters"))
    return context(
        event,
        subject=subject(event),
        policy=policy_arn(event) or event.deep_get("requestParameters", "policyName"),
        escalating=sorted({action for each in statements for action in escalating_actions(each)}),
        trusts=sorted({found for each in statements for found in foreign_accounts(each, account(event))}),
        request=event.get("requestParameters"),
    )


def danger(event):
    """The severity of the worst that the change does, `None` for nothing special."""
    name = event.get("eventName") or ""
    policy = policy_arn(event)
    if QUARANTINE_POLICY in policy:
        # Who takes it off again had better be the one who replaced the key.
        return "CRITICAL" if name.startswith("Attach") else "HIGH"
    if name in ("UpdateAssumeRolePolicy", "CreateRole"):
        return trust_danger(event)
    if name.startswith("Attach") and policy.endswith(ADMIN_POLICIES):
        return "HIGH"
    if name in BOUNDARY_REMOVALS:
        return "HIGH"
    if name.startswith(("Put", "CreatePolicy")) and "Boundary" not in name:
        statements = allowing(event.get("requestParameters"))
        return "HIGH" if any(escalating_actions(each) for each in statements) else None
    # An older version may allow what the newer one took away.
    return "MEDIUM" if name == "SetDefaultPolicyVersion" else None


def trust_danger(event):
    """How bad it is whom a role lets in from now on."""
    return worst(statement_danger(each, account(event)) for each in allowing(event.get("requestParameters")))


def statement_danger(statement, own_account):
    if is_public(statement) or is_open_federation(statement):
        return "HIGH"
    if foreign_accounts(statement, own_account):
        # An external id is how vendors are let in. It is no proof, for anybody can write one.
        return "MEDIUM" if has_condition_on(statement, "sts:externalid") else "HIGH"
    return None


def policy_arn(event):
    return (
        event.deep_get("requestParameters", "policyArn")
        or event.deep_get("requestParameters", "managedPolicyArn")
        or ""
    )


def subject(event):
    """The identity, policy or permission set that is changed."""
    for key in ("userName", "roleName", "groupName", "permissionSetArn", "policyName", "policyArn"):
        value = event.deep_get("requestParameters", key)
        if value:
            return value
    return "an unknown subject"

"""What an installation tells the starter content about itself.

To set these, put a global with the id `margay_settings` and all of these names into a later content root.
"""

# Names of the roles that your pipelines and your infrastructure-as-code tools work with; `*` and `?` are
# wildcards. An ordinary change by one of them is reported as INFO. A dangerous change keeps its severity,
# because a pipeline's credentials are worth stealing.
DEPLOYMENT_ROLES = ()

# Ids of AWS accounts, beside the one that an event is from, with which sharing and peering is no news: your
# other accounts and those of vendors that you trust.
TRUSTED_ACCOUNTS = ()

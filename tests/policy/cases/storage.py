from policy.rules._helpers.resource_types import DATABASE, TABLE, TABLE_REPLICA
from tests.policy.cases import FAIL, NONE, OPEN, PASS, UNKNOWN, case, declare

RECOVERED, REFUSED = "table-has-point-in-time-recovery", "database-has-deletion-protection"
BACKED_UP = "database-is-backed-up"

CASES = [
    case(
        RECOVERED,
        "enabled",
        PASS,
        declare(TABLE, inputs={"pointInTimeRecovery": {"enabled": True}, "replicas": [{"pointInTimeRecovery": True}]}),
    ),
    case(RECOVERED, "disabled", FAIL, declare(TABLE)),
    case(
        RECOVERED,
        "disabled in a replica",
        FAIL,
        declare(TABLE, inputs={"pointInTimeRecovery": {"enabled": True}, "replicas": [UNKNOWN, {}]}),
    ),
    case(RECOVERED, "disabled in a separate replica", FAIL, declare(TABLE_REPLICA)),
    case(
        RECOVERED, "enabled in a separate replica", PASS, declare(TABLE_REPLICA, inputs={"pointInTimeRecovery": True})
    ),
    case(RECOVERED, "unknown", OPEN, declare(TABLE, inputs={"pointInTimeRecovery": UNKNOWN})),
    case(REFUSED, "a table", PASS, declare(TABLE, inputs={"deletionProtectionEnabled": True})),
    case(REFUSED, "a table by another name", FAIL, declare(TABLE, inputs={"deletionProtection": True})),
    case(REFUSED, "a database", PASS, declare(DATABASE, inputs={"deletionProtection": "true"})),
    case(REFUSED, "a database that can be deleted", FAIL, declare(DATABASE, inputs={"deletionProtection": False})),
    case(REFUSED, "unknown", OPEN, declare(TABLE, inputs={"deletionProtectionEnabled": UNKNOWN})),
    case(
        RECOVERED,
        "for a week",
        FAIL,
        declare(TABLE, inputs={"pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 7}}),
    ),
    case(
        RECOVERED,
        "for 35 days",
        PASS,
        declare(TABLE, inputs={"pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 35}}),
    ),
    case(BACKED_UP, "for a week", PASS, declare(DATABASE, inputs={"backupRetentionPeriod": 7})),
    case(BACKED_UP, "for a day", FAIL, declare(DATABASE, inputs={"backupRetentionPeriod": 1})),
    case(BACKED_UP, "no backups", FAIL, declare(DATABASE, inputs={"backupRetentionPeriod": 0})),
    case(BACKED_UP, "no retention period", FAIL, declare(DATABASE)),
    case(BACKED_UP, "a replica", NONE, declare(DATABASE, inputs={"replicateSourceDb": "x"})),
    case(BACKED_UP, "a cluster", PASS, declare("aws:rds/cluster:Cluster", inputs={"backupRetentionPeriod": 35})),
    case(BACKED_UP, "unknown", OPEN, declare(DATABASE, inputs={"backupRetentionPeriod": UNKNOWN})),
]

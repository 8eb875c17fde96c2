//! What goes wrong with Postgres, sorted by what the caller can do about it. The cause is part of each error's words.

use std::io;
use std::time::Duration;

use actors::ports::LedgerError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Passes by itself: no connection, no answer in time, a server that starts or stops.
    #[error("postgres is unavailable: {0}")]
    Unavailable(sqlx::Error),
    /// About what was asked.
    #[error("postgres refused: {0}")]
    Refused(sqlx::Error),
    #[error("migration failed: {0}")]
    Migrate(sqlx::migrate::MigrateError),
    /// Another node owns the shard.
    #[error("shard is owned by another node")]
    Fenced,
    /// A row holds what no version of this program wrote.
    #[error("ledger holds an unreadable {0}")]
    Unreadable(&'static str),
}

impl Error {
    /// Nothing was answered within this time.
    pub(super) fn silent(limit: Duration) -> Self {
        let why = format!("no answer within {limit:?}");
        Self::Unavailable(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, why)))
    }

    /// A transaction that several share did not come to its end.
    pub(super) fn given_up() -> Self {
        let why = "the transaction was given up";
        Self::Unavailable(sqlx::Error::Io(io::Error::new(io::ErrorKind::ConnectionAborted, why)))
    }
}

/// No partition for the row (a check violation): it is made in a moment, after a long time down.
const NO_PARTITION: &str = "23514";

/// Classes of SQLSTATE that pass by themselves: connection exception, insufficient resources, operator
/// intervention (57, statement timeout included), system error; serialization failures and deadlocks (40); and a
/// server that takes no writes for now (25006), as a standby does, or one whose disk is full.
const PASSING: [&str; 6] = ["08", "25006", "40", "53", "57", "58"];

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "sqlx may add errors: what is not known to pass is about what was asked"
)]
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let refused = match &error {
            sqlx::Error::Database(database) => {
                let code = database.code();
                let passes =
                    |code: &str| code == NO_PARTITION || PASSING.iter().any(|class| code.starts_with(class));
                !code.is_some_and(|code| passes(&code))
            }
            other => !matches!(
                other,
                sqlx::Error::Io(_)
                    | sqlx::Error::Tls(_)
                    | sqlx::Error::Protocol(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
            ),
        };
        if refused { Self::Refused(error) } else { Self::Unavailable(error) }
    }
}

impl From<Error> for LedgerError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(_) => Self::Unavailable(error.to_string()),
            Error::Fenced => Self::Fenced,
            Error::Refused(_) | Error::Migrate(_) | Error::Unreadable(_) => Self::Refused(error.to_string()),
        }
    }
}

//! `hookyard keys`: API keys made beside the service, the first one above all.

use actors::ports::Clock as _;
use anyhow::Context as _;
use domain::id::KeyId;
use domain::tenant::{Role, TenantId};
use hookyard::chance;
use hookyard::clock::SystemClock;
use hookyard::ledger::admin::act::{Act, By};
use hookyard::ledger::admin::keys;

use super::settings::Settings;
use super::{Misuse, terminal};

const NAME_CHARS_MAX: usize = 200;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a key and print it, once: only its hash is kept
    #[command(after_help = "\
Roles: operator (the whole instance), admin (one tenant, its keys included), editor (endpoints, events,
deliveries), producer (may only publish), viewer (reads).

Examples:
  hookyard keys create --role operator
  hookyard keys create --role producer --tenant acme --name 'order service'")]
    Create(Create),
}

#[derive(Debug, clap::Args)]
struct Create {
    /// What the key may do: operator, admin, editor, producer or viewer
    #[arg(long)]
    role: Role,
    /// Whose key it is; every role but operator needs one
    #[arg(long)]
    tenant: Option<TenantId>,
    /// What it is for
    #[arg(long, default_value = "made on the command line")]
    name: String,
    #[command(flatten)]
    settings: Settings,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Create(args) => create(args).await,
    }
}

async fn create(args: Create) -> anyhow::Result<()> {
    let Create { role, tenant, name, settings } = args;
    check(role, tenant.as_ref(), &name)?;
    let ledger = settings.ledger()?;
    let now = SystemClock.now();
    let secret = keys::secret(chance::bytes());
    let key = keys::NewKey {
        id: KeyId::new(now, chance::bytes()),
        tenant: tenant.as_ref(),
        name: &name,
        role,
        secret: &secret,
        expires_at: None,
    };
    let by = By::command_line(now);
    let mut act = Act::begin(&ledger.pool, &by).await.context("begin to make a key")?;
    let made = keys::create(&mut act, key)
        .await
        .context("make a key (in a new database, `hookyard migrate` comes first)")?;
    let Some(made) = made else {
        let tenant = tenant.map_or_else(String::new, |tenant| tenant.to_string());
        anyhow::bail!("there is no tenant {tenant}");
    };
    act.commit().await.context("make a key")?;
    let of = tenant.map_or_else(String::new, |tenant| format!(" of {tenant}"));
    terminal::note(&format!("made {}, {}{of}; this is the only time it is shown:", made.id, role.as_str()));
    terminal::print(&secret)
}

fn check(role: Role, tenant: Option<&TenantId>, name: &str) -> Result<(), Misuse> {
    let wrong = match (role, tenant) {
        (Role::Operator, Some(_)) => "an operator's key belongs to no tenant: leave --tenant out".to_owned(),
        (Role::Admin | Role::Editor | Role::Producer | Role::Viewer, None) => {
            format!("a key of the role {} belongs to a tenant: give --tenant", role.as_str())
        }
        _ if name.is_empty() || name.chars().count() > NAME_CHARS_MAX => {
            format!("--name has 1 to {NAME_CHARS_MAX} characters")
        }
        _ => return Ok(()),
    };
    Err(Misuse(wrong))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_belong_to_every_role_but_the_operators() {
        let acme: TenantId = "acme".parse().unwrap();
        for role in Role::ALL {
            let operator = role == Role::Operator;
            assert_eq!(check(role, None, "a").is_ok(), operator, "{}", role.as_str());
            assert_eq!(check(role, Some(&acme), "a").is_ok(), !operator, "{}", role.as_str());
        }
        assert!(check(Role::Operator, None, "").is_err());
        assert!(check(Role::Operator, None, &"x".repeat(201)).is_err());
    }
}

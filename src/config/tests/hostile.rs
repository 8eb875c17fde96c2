//! Whatever stands in a file or a variable: it is read, or what is wrong is said of the key that it is wrong with, and
//! no secret is.

use proptest::prelude::*;

use super::*;

const SECRET: &str = "swordfish";
/// Their values are never shown.
const SECRETS: [&str; 6] =
    ["server.operator_key", "postgres.url", "nats.url", "nats.password", "nats.nkey_seed", "vault.keys"];

/// Every key there is.
fn keys() -> Vec<String> {
    let table: toml::Table = include_str!("../../../config/default.toml").parse().unwrap();
    let of = |(section, keys): (&String, &toml::Value)| match keys.as_table() {
        Some(keys) => keys.keys().map(|key| format!("{section}.{key}")).collect(),
        // A key of no section: `[[sources]]`.
        None => vec![section.clone()],
    };
    table.iter().flat_map(of).collect()
}

fn variable(key: &str) -> String {
    format!("HOOKYARD__{}", key.replace('.', "__").to_ascii_uppercase())
}

/// Values near what keys take, and any others.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?[0-9_]{1,8}",
        "[0-9]{1,6}(ms|[smhd])",
        "true|false|json|development|production",
        "\\[(\"[a-z0-9./:]{0,12}\",?){0,3}\\]?",
        "(https?|nats|tls|postgres)://[a-z.:@/,]{0,16}",
        "[ -~]{0,24}",
        any::<String>(),
    ]
}

/// No problem is without a key and without words.
fn check(loaded: &Result<Config, ConfigErrors>) -> Result<(), TestCaseError> {
    for problem in loaded.as_ref().err().iter().flat_map(|errors| &errors.0) {
        prop_assert!(problem.wrong.contains(' ') && problem.right.contains(' '), "{problem:?}");
        prop_assert!(problem.to_string().starts_with(&format!("{} (from ", problem.key)), "{problem:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_wrong_value_is_said_of_its_key(key in prop::sample::select(keys()), value in value()) {
        let name = variable(&key);
        let loaded = load(&with_required(&[("HOOKYARD_ENV", "development"), (&name, &value)]));
        check(&loaded)?;
        if let Err(errors) = loaded {
            let names_it = |problem: &Problem| {
                problem.key == key || problem.wrong.contains(&key) || problem.right.contains(&key)
            };
            prop_assert!(errors.0.iter().any(names_it), "{key} = {value:?}: {errors}");
        }
    }

    #[test]
    fn any_variables_are_read_or_refused_with_words(
        names in prop::collection::vec("HOOKYARD_{0,3}[A-Z_é]{0,12}|HOOKYARD_{1,2}(SERVER|QUEUE)_{1,2}(LISTEN|SHARDS|X)|PORT|BASE_URL|HOOKYARD_ENV|NATS_URL", 0..5),
        values in prop::collection::vec(value(), 5),
    ) {
        let env: Vec<_> = names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
        check(&load(&with_required(&env)))?;
    }

    #[test]
    fn any_file_is_read_or_refused_with_words(
        far in any::<String>(),
        section in "[a-z.\"]{0,8}",
        keys in prop::collection::vec(prop::sample::select(keys()), 0..4),
        values in prop::collection::vec("[0-9]{1,6}|\"[^\"\\\\]{0,12}\"|\\[[0-9\", a]{0,9}\\]|\\{ ?[a-z]{0,3}=[0-9]\\}|[!-~]{0,9}", 4),
    ) {
        let keys = keys.iter().zip(&values).map(|(key, value)| format!("{key} = {value}\n"));
        let near = format!("{}[{section}]\nx = 1\n", keys.collect::<String>());
        let dir = tempfile::tempdir().unwrap();
        for (at, text) in [far, near].into_iter().enumerate() {
            let file = dir.path().join(format!("{at}.toml"));
            fs::write(&file, text).unwrap();
            check(&load_file(Some(file), &development(&[])))?;
        }
    }

    #[test]
    fn no_secret_is_said_whatever_is_wrong_with_it(
        key in prop::sample::select(SECRETS.to_vec()),
        before in "[a-z:/@,?#\\[\"{=' 0-9]{0,9}",
        after in "[a-z:/@,?#\\]\"}=' 0-9]{0,9}",
        (quote, in_file) in any::<(bool, bool)>(),
    ) {
        let (name, secret) = (variable(key), format!("{before}{SECRET}{after}"));
        let loaded = if in_file {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("own.toml");
            let written = if quote { format!("'''{secret}'''") } else { secret };
            fs::write(&file, format!("{key} = {written}\n")).unwrap();
            load_file(Some(file), &development(&[]))
        } else {
            load(&with_required(&[(&name, &secret)]))
        };
        if let Err(errors) = loaded {
            prop_assert!(!errors.to_string().contains(SECRET), "{errors}");
        }
    }
}

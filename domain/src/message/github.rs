//! GitHub's events as people speak of them: `github.<type>[.<action>]` with GitHub's own payload as data. Whatever is
//! missing in a payload is left out of the message.

use serde_json::Value;

use super::markup::{cut, link};
use super::summary::{
    Author, BLUE, Field, GREEN, GREY, Item, PURPLE, RED, Summary, TEXT_UNITS_MAX, TITLE_UNITS_MAX, bounded,
    capitalised, field, members, one_line, text, words,
};
use crate::event::EventView;

/// Commits that a push lists.
const COMMITS_MAX: usize = 10;
const COMMIT_UNITS_MAX: usize = 120;
const SHA_CHARS: usize = 7;

/// None where it is not GitHub's.
pub fn summary(event: &EventView<'_>) -> Option<Summary> {
    let mut tokens = event.event_type.tokens();
    if tokens.next() != Some("github") {
        return None;
    }
    let (kind, action) = (tokens.next()?, tokens.next().unwrap_or_default());
    let data = event.data;
    let told = match kind {
        "push" => push(data),
        "pull_request" => pull_request(data, action),
        "issues" => issue(data, action),
        "release" => release(data, action),
        _ => other(data, kind, action),
    };
    let repository =
        string(data, "/repository/full_name").map(|name| format!("[{name}] ")).unwrap_or_default();
    Some(Summary {
        title: cut(&format!("{repository}{}", one_line(&told.title)), TITLE_UNITS_MAX),
        url: told.url.or_else(|| url(data, "/repository/html_url")),
        text: told.text.map(|text| cut(&text, TEXT_UNITS_MAX)),
        author: author(data),
        fields: bounded(told.fields),
        ..told
    })
}

fn push(data: &Value) -> Summary {
    let reference = string(data, "/ref").unwrap_or_default();
    let (what, name) = match (reference.strip_prefix("refs/heads/"), reference.strip_prefix("refs/tags/")) {
        (Some(branch), _) => ("branch", branch),
        (None, Some(tag)) => ("tag", tag),
        (None, None) => ("ref", reference.as_str()),
    };
    let is = |member: &str| data.get(member).and_then(Value::as_bool) == Some(true);
    let commits = data.get("commits").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let plural = if commits.len() == 1 { "" } else { "s" };
    let (title, colour) = if is("deleted") {
        (format!("{} {name} deleted", capitalised(what)), RED)
    } else if is("created") && commits.is_empty() {
        (format!("New {what} {name}"), GREEN)
    } else if is("forced") {
        (format!("{name} force-pushed, {} commit{plural}", commits.len()), RED)
    } else {
        (format!("{} new commit{plural} on {name}", commits.len()), BLUE)
    };
    let mut items: Vec<Item> = commits.iter().take(COMMITS_MAX).map(commit).collect();
    if commits.len() > COMMITS_MAX {
        let text = format!("and {} more", commits.len() - COMMITS_MAX);
        items.push(Item { label: "…".to_owned(), url: None, text });
    }
    let url = if is("deleted") { None } else { url(data, "/compare") };
    Summary { emoji: "📦", title, url, items, colour, ..Summary::default() }
}

fn commit(commit: &Value) -> Item {
    let message = string(commit, "/message").unwrap_or_default();
    let subject = one_line(message.lines().next().unwrap_or_default());
    let author = string(commit, "/author/username").or_else(|| string(commit, "/author/name"));
    let author = author.map(|name| format!(" ({})", one_line(&name))).unwrap_or_default();
    Item {
        label: string(commit, "/id").unwrap_or_default().chars().take(SHA_CHARS).collect(),
        url: url(commit, "/url"),
        text: cut(&subject, COMMIT_UNITS_MAX) + &cut(&author, COMMIT_UNITS_MAX),
    }
}

fn pull_request(data: &Value, action: &str) -> Summary {
    let is_merged = data.pointer("/pull_request/merged").and_then(Value::as_bool) == Some(true);
    let (verb, emoji, colour) = match action {
        "closed" if is_merged => ("merged".to_owned(), "🟣", PURPLE),
        "closed" => ("closed".to_owned(), "🔴", RED),
        "opened" | "reopened" => (words(action), "🟢", GREEN),
        "ready_for_review" => ("ready for review".to_owned(), "🟢", GREEN),
        "synchronize" => ("updated".to_owned(), "🔄", BLUE),
        _ => (words(action), "🔀", GREY),
    };
    let branches = string(data, "/pull_request/base/ref")
        .zip(string(data, "/pull_request/head/ref"))
        .map(|(base, head)| field("Branches", format!("{base} ← {head}")));
    let count = |member: &str| data.pointer(&format!("/pull_request/{member}")).and_then(Value::as_u64);
    let changes = count("additions").zip(count("deletions")).map(|(more, fewer)| {
        let files = count("changed_files").map(|files| format!(" in {files} files")).unwrap_or_default();
        field("Changes", format!("+{more} −{fewer}{files}"))
    });
    let is_draft = data.pointer("/pull_request/draft").and_then(Value::as_bool) == Some(true);
    let reviewer = string(data, "/requested_reviewer/login").map(|login| field("Reviewer", login));
    let extra = is_draft.then(|| field("Draft", "yes"));
    Summary {
        emoji,
        title: numbered("Pull request", data, "pull_request", &verb),
        url: url(data, "/pull_request/html_url"),
        text: if action == "opened" { string(data, "/pull_request/body") } else { None },
        fields: [branches, changes, extra, reviewer]
            .into_iter()
            .flatten()
            .chain(labels(data, "pull_request"))
            .collect(),
        colour,
        ..Summary::default()
    }
}

fn issue(data: &Value, action: &str) -> Summary {
    let is_planned = string(data, "/issue/state_reason").as_deref() != Some("not_planned");
    let (verb, emoji, colour) = match action {
        "closed" if is_planned => ("closed".to_owned(), "✅", PURPLE),
        "closed" => ("closed as not planned".to_owned(), "⚪", GREY),
        "opened" | "reopened" => (words(action), "🐛", GREEN),
        "deleted" => ("deleted".to_owned(), "🗑️", RED),
        _ => (words(action), "📝", GREY),
    };
    let assignee = string(data, "/assignee/login").or_else(|| string(data, "/issue/assignee/login"));
    let assignee = assignee.map(|login| field("Assignee", login));
    let milestone = string(data, "/issue/milestone/title").map(|title| field("Milestone", title));
    Summary {
        emoji,
        title: numbered("Issue", data, "issue", &verb),
        url: url(data, "/issue/html_url"),
        text: if action == "opened" { string(data, "/issue/body") } else { None },
        fields: labels(data, "issue").into_iter().chain(assignee).chain(milestone).collect(),
        colour,
        ..Summary::default()
    }
}

fn release(data: &Value, action: &str) -> Summary {
    let tag = string(data, "/release/tag_name");
    let name = string(data, "/release/name").or_else(|| tag.clone()).unwrap_or_default();
    let is_early = data.pointer("/release/prerelease").and_then(Value::as_bool) == Some(true);
    let is_shown = matches!(action, "published" | "released" | "prereleased");
    Summary {
        emoji: if action == "deleted" { "🗑️" } else { "🏷️" },
        title: format!("{}: {name}", words(&format!("Release {action}"))),
        url: url(data, "/release/html_url"),
        text: if is_shown { string(data, "/release/body") } else { None },
        fields: [tag.map(|tag| field("Tag", tag)), is_early.then(|| field("Pre-release", "yes"))]
            .into_iter()
            .flatten()
            .collect(),
        colour: if action == "deleted" { RED } else { GREEN },
        ..Summary::default()
    }
}

/// Every other type: its name, and what its payload says at its top in one word.
fn other(data: &Value, kind: &str, action: &str) -> Summary {
    let scalars = data.as_object().map(|members| {
        let scalars = members.iter().filter(|(_, value)| !value.is_object() && !value.is_array());
        scalars.map(|(key, value)| (key.clone(), value.clone())).collect::<serde_json::Map<_, _>>()
    });
    Summary {
        emoji: "🐙",
        title: capitalised(&one_line(&format!("{} {}", words(kind), words(action)))),
        fields: members(&Value::Object(scalars.unwrap_or_default()), &["action"]),
        colour: GREY,
        ..Summary::default()
    }
}

/// «Issue #1 opened: Spelling error».
fn numbered(what: &str, data: &Value, member: &str, verb: &str) -> String {
    let number =
        data.pointer(&format!("/{member}/number")).or_else(|| data.get("number")).and_then(Value::as_u64);
    let number = number.map(|number| format!(" #{number}")).unwrap_or_default();
    let title =
        string(data, &format!("/{member}/title")).map(|title| format!(": {title}")).unwrap_or_default();
    let verb = if verb.is_empty() { String::new() } else { format!(" {verb}") };
    format!("{what}{number}{verb}{title}")
}

fn labels(data: &Value, member: &str) -> Option<Field> {
    let labels = data.pointer(&format!("/{member}/labels")).and_then(Value::as_array)?;
    let names: Vec<String> = labels.iter().filter_map(|label| string(label, "/name")).take(20).collect();
    (!names.is_empty()).then(|| field("Labels", names.join(", ")))
}

fn author(data: &Value) -> Option<Author> {
    let name = string(data, "/sender/login").or_else(|| string(data, "/pusher/name"))?;
    let icon = url(data, "/sender/avatar_url");
    Some(Author { name: cut(&one_line(&name), 80), url: url(data, "/sender/html_url"), icon })
}

fn string(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(text)
}

fn url(value: &Value, pointer: &str) -> Option<String> {
    string(value, pointer).and_then(|text| link(&text))
}

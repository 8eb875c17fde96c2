//! Every link of the documents leads to a file that there is, and to a heading in it.

use std::fs;
use std::path::Path;

use super::{documents, read, root};

/// What is linked to from a text, blocks left out.
fn links(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let targets = prose.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
    targets.filter(|target| !target.starts_with("http")).collect()
}

/// As GitHub makes it of a heading: spaces become hyphens, punctuation goes.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for document in documents() {
        let folder = Path::new(&document).parent().expect("a folder");
        for link in links(&read(&document)) {
            let (path, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target =
                root().join(if path.is_empty() { document.as_str().into() } else { folder.join(path) });
            let is_there = target.exists();
            let has_heading = heading.is_empty()
                || fs::read_to_string(&target).is_ok_and(|text| {
                    text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading)
                });
            if !is_there || !has_heading {
                wrong.push(format!("{document}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

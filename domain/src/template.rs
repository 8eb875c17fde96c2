//! Templates: text that an endpoint's owner writes and that an event fills in.
//!
//! An owner registers one ([`Template::parse`] says what is wrong with it, and where); a delivery renders it.
//! Promised: a render ends, in bounded steps, memory and output; what it cannot do is a value, never a panic; text
//! that comes out of an event is escaped for where it goes, whatever the template does with it. The engine is
//! minijinja, built without include, import, extends and macros. Left out: what becomes of the text (`message`,
//! `format`).
//!
//! Bounds. A render burns fuel: for each instruction, and for about every 64 bytes that it makes or looks through,
//! so repetition (`"x" * n`), `join`, `range(n)` and captured text cost by their size before they are made. The
//! output is cut off by its own limit. Recursion, of the parser and of `loop(…)`, has a limit. Taken out of the
//! engine: `safe` and `autoescape` (nothing of an event goes out unescaped), `format` (padding of any width),
//! `pprint` and `debug` (they show what is not asked for).

mod check;
mod escape;
mod filters;

use std::fmt;
use std::io;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};

pub use escape::{Form, Target};

use crate::event::{EventView, rfc3339_millis};

/// Of a template's source.
pub const SOURCE_BYTES_MAX: usize = 16 * 1024;
/// Of what one renders to: as much as an event may bring.
pub const OUTPUT_BYTES_MAX: usize = 1024 * 1024;
/// Steps and bytes (64 each) of one render: under a second even where nothing is optimised.
const FUEL: u64 = 200_000;
/// Loops in loops, and loops that call themselves.
const RECURSION_MAX: usize = 64;
/// Of what is said about an error.
const DETAIL_CHARS_MAX: usize = 300;

const NAME: &str = "template";

/// What is wrong with a template, or what stopped it from rendering. Lines and columns (in characters) begin at 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub line: Option<usize>,
    pub column: Option<usize>,
    pub detail: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "line {line}, column {column}: {}", self.detail),
            (Some(line), None) => write!(f, "line {line}: {}", self.detail),
            (None, _) => f.write_str(&self.detail),
        }
    }
}

impl std::error::Error for Wrong {}

impl Wrong {
    /// About what no line of a template is to blame for.
    pub fn of_ours(detail: impl Into<String>) -> Self {
        Self::without_place(detail)
    }

    pub(crate) fn without_place(detail: impl Into<String>) -> Self {
        Self { line: None, column: None, detail: detail.into() }
    }

    fn at(source: &str, offset: usize, detail: impl Into<String>) -> Self {
        let before = source.get(..offset).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: Some(before.matches('\n').count() + 1),
            column: Some(before[line_start..].chars().count() + 1),
            detail: detail.into(),
        }
    }

    fn of(error: &minijinja::Error, source: &str) -> Self {
        let is_spent = error.kind() == ErrorKind::OutOfFuel;
        let mut detail =
            if is_spent { "it takes too many steps".to_owned() } else { error.kind().to_string() };
        // A cause says more than «could not render».
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(more) = error.detail() {
                detail = format!("{detail}: {more}");
            }
            cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref());
        }
        let detail: String = detail.chars().take(DETAIL_CHARS_MAX).collect();
        match (error.range(), error.line()) {
            (Some(range), _) if range.end > 0 => Self::at(source, range.start, detail),
            (_, line) => Self { line, column: None, detail },
        }
    }
}

/// A template that can be rendered.
#[derive(Clone)]
pub struct Template {
    engine: Arc<Environment<'static>>,
    source: Arc<str>,
    form: Form,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template").field("form", &self.form).finish_non_exhaustive()
    }
}

impl Template {
    /// Reads a template, and says what would go wrong with it: its syntax, and names that nothing has.
    pub fn parse(source: &str, target: Target) -> Result<Self, Wrong> {
        if source.trim().is_empty() {
            return Err(Wrong::without_place("a template has some text"));
        }
        if source.len() > SOURCE_BYTES_MAX {
            return Err(Wrong::without_place(format!("a template has at most {SOURCE_BYTES_MAX} bytes")));
        }
        let form = Form::of(source, target);
        let mut engine = engine(target, form);
        engine.add_template_owned(NAME, source.to_owned()).map_err(|error| Wrong::of(&error, source))?;
        let template = engine.get_template(NAME).map_err(|error| Wrong::of(&error, source))?;
        check::names(source, &template.undeclared_variables(false))?;
        Ok(Self { engine: Arc::new(engine), source: source.into(), form })
    }

    /// Whether it renders a JSON value or plain text, which its source decides, never an event.
    pub fn form(&self) -> Form {
        self.form
    }

    pub fn render(&self, event: &EventView<'_>) -> Result<String, Wrong> {
        let context = Value::from_pairs([
            ("event", Value::from(event.event_type.as_str())),
            ("eventId", Value::from(event.public_id)),
            ("timestamp", Value::from(rfc3339_millis(event.occurred_at))),
            ("tenant", Value::from(event.tenant.as_str())),
            ("data", Value::from(Serde(event.data))),
        ]);
        let template = self.engine.get_template(NAME).map_err(|error| Wrong::of(&error, &self.source))?;
        let mut output = Bounded::default();
        let rendered = template.render_captured_to(context, &mut output).map(drop);
        if output.is_full {
            return Err(Wrong::without_place(format!("it renders more than {OUTPUT_BYTES_MAX} bytes")));
        }
        rendered.map_err(|error| Wrong::of(&error, &self.source))?;
        String::from_utf8(output.bytes).map_err(|_| Wrong::without_place("it renders what is no text"))
    }
}

fn engine(target: Target, form: Form) -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(RECURSION_MAX);
    // A field that an event lacks must not stop a delivery: it prints nothing, and so do its own fields.
    engine.set_undefined_behavior(UndefinedBehavior::Chainable);
    // Tags that stand alone on a line leave no empty line. Only delimiters can be wrong, and these are the usual ones.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        engine.set_syntax(syntax);
    }
    engine.set_auto_escape_callback(move |_| AutoEscape::Custom("target".into()));
    engine.set_formatter(move |out, _, value| escape::print(out, value, target, form));
    for gone in ["safe", "format", "pprint"] {
        engine.remove_filter(gone);
    }
    engine.remove_global("debug");
    filters::add(&mut engine, target, form);
    engine
}

/// Takes bytes up to [`OUTPUT_BYTES_MAX`].
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    is_full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > OUTPUT_BYTES_MAX {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;

//! Parser events → tree, with anchors, merges and duplicate keys dealt with on the way.
//!
//! Hostile input ends early: depth is bounded, an alias shares its anchor's node instead of copying it, and what
//! merges copy is counted.

use super::super::problem::{Place, Report};
use super::{Broken, Entry, Node, Value};
use serde_yaml::granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// The deepest key of the schema is five levels down.
const MOST_LEVELS: usize = 32;
/// Keys and sections visited for `<<`, over the whole file.
const MOST_MERGED: usize = 10_000;

pub(super) fn build(name: &Arc<str>, text: &str, report: &mut Report) -> Result<Rc<Node>, Broken> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MOST_LEVELS;
    options.block_nesting_limit = MOST_LEVELS;
    let events = Parser::new_from_str_with_options(text, options);
    Builder { events, name, anchors: HashMap::new(), path: Vec::new(), merged: 0, report }.document()
}

struct Builder<'a> {
    events: Parser<'a, StrInput<'a>>,
    name: &'a Arc<str>,
    anchors: HashMap<usize, Rc<Node>>,
    /// The keys that lead to where we are.
    path: Vec<String>,
    merged: usize,
    report: &'a mut Report,
}

impl<'a> Builder<'a> {
    fn document(mut self) -> Result<Rc<Node>, Broken> {
        let mut root = None;
        while let Some(event) = self.events.next_event() {
            match event? {
                (Event::DocumentStart(..), span) if root.is_some() => {
                    return Err(Broken::at(
                        &span,
                        "a second document begins here; a configuration is one document",
                    ));
                }
                (event, span) if event.is_node() => root = Some(self.node(event, span)?),
                _ => {}
            }
        }
        let nothing = || Node { place: self.place(&Span::default()), value: Value::Null }.into();
        Ok(root.unwrap_or_else(nothing))
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Rc<Node>, Broken> {
        if let Some(tag) = event.tag() {
            return Err(Broken::at(
                &span,
                format!("tag {}: values are written without tags", tag.original()),
            ));
        }
        let anchor = event.anchor_id();
        let value = match event {
            Event::Alias(id) => {
                let node = self.anchors.get(&id).cloned();
                return node.ok_or_else(|| Broken::at(&span, "this alias stands inside its own anchor"));
            }
            Event::Scalar(text, ScalarStyle::Plain, ..) => match &*text {
                "" | "~" | "null" | "Null" | "NULL" => Value::Null,
                _ => Value::Plain(text.into_owned()),
            },
            Event::Scalar(text, ..) => Value::Quoted(text.into_owned()),
            Event::SequenceStart(..) => self.list()?,
            _ => self.map()?,
        };
        let node = Rc::new(Node { place: self.place(&span), value });
        self.anchors.extend(anchor.map(|id| (id, node.clone())));
        Ok(node)
    }

    fn list(&mut self) -> Result<Value, Broken> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn map(&mut self) -> Result<Value, Broken> {
        let mut keys = Keys::default();
        let mut merges = Vec::new();
        loop {
            let (key, style, span) = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(key, style, ..), span) => (key.into_owned(), style, span),
                (_, span) => return Err(Broken::at(&span, "a key is a plain name")),
            };
            let (event, value_span) = self.next()?;
            self.path.push(key.clone());
            let node = self.node(event, value_span)?;
            let path = self.path.join(".");
            self.path.pop();
            if style == ScalarStyle::Plain && key == "<<" {
                merges.push((node, span));
                continue;
            }
            let entry = Entry { key, place: self.place(&span), node };
            if let Err((entry, first)) = keys.add(entry) {
                self.report.error(
                    &entry.place,
                    &path,
                    format!("duplicate key; it already stands at {first}"),
                );
            }
        }
        for (from, span) in merges {
            self.merge(&from, &mut keys).map_err(|why| Broken::at(&span, why))?;
        }
        Ok(Value::Map(keys.entries))
    }

    /// `<<: *anchor` brings the keys of the anchor's section that the mapping does not have itself.
    fn merge(&mut self, from: &Node, into: &mut Keys) -> Result<(), &'static str> {
        self.merged += 1;
        if self.merged > MOST_MERGED {
            return Err("<< brings more keys than a configuration can have");
        }
        match &from.value {
            Value::List(sections) => sections.iter().try_for_each(|section| self.merge(section, into)),
            Value::Map(entries) => {
                self.merged += entries.len();
                for entry in entries {
                    // A key that is there already stands, and is no duplicate.
                    into.add(entry.clone()).ok();
                }
                Ok(())
            }
            _ => Err("<< takes a section, or a list of sections"),
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Broken> {
        let ended = || Broken { line: 1, column: 1, why: "the file ends too early".into() };
        Ok(self.events.next_event().ok_or_else(ended)??)
    }

    fn place(&self, span: &Span) -> Place {
        Place::File { name: self.name.clone(), line: span.start.line().max(1), column: span.start.col() + 1 }
    }
}

/// The entries of one mapping, in order, and where each key stands.
#[derive(Default)]
struct Keys {
    entries: Vec<Entry>,
    places: HashMap<String, Place>,
}

impl Keys {
    /// Refuses a key that is there already, and tells where.
    fn add(&mut self, entry: Entry) -> Result<(), (Entry, Place)> {
        if let Some(first) = self.places.get(&entry.key) {
            return Err((entry, first.clone()));
        }
        self.places.insert(entry.key.clone(), entry.place.clone());
        self.entries.push(entry);
        Ok(())
    }
}

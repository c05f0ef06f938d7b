//! Parser events → tree, with anchors, merges and duplicate keys dealt with on the way.
//!
//! Hostile input ends early: depth is bounded, an alias shares its anchor's node instead of copying it, and is
//! counted as if it were a copy, for those who walk the tree see it as one.

use super::keys::Keys;
use super::{Broken, Entry, Node, Value};
use crate::config::problem::{Place, Report};
use serde_yaml::granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// The deepest key of the schema is five levels down.
const MOST_LEVELS: usize = 32;
/// Far more than anybody configures, and little enough to be walked in no time.
const MOST_NODES: usize = 100_000;

pub(super) fn build(name: &Arc<str>, text: &str, report: &mut Report) -> Result<Rc<Node>, Broken> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MOST_LEVELS;
    options.block_nesting_limit = MOST_LEVELS;
    let events = Parser::new_from_str_with_options(text, options);
    Builder { events, name, anchors: HashMap::new(), path: Vec::new(), nodes: 0, report }.document()
}

struct Builder<'a> {
    events: Parser<'a, StrInput<'a>>,
    name: &'a Arc<str>,
    /// Each with the number of nodes in it.
    anchors: HashMap<usize, (Rc<Node>, usize)>,
    /// The keys that lead to where we are.
    path: Vec<String>,
    nodes: usize,
    report: &'a mut Report,
}

impl<'a> Builder<'a> {
    fn document(mut self) -> Result<Rc<Node>, Broken> {
        let mut root = None;
        while let Some(event) = self.events.next_event() {
            match event? {
                (Event::DocumentStart(..), span) if root.is_some() => {
                    return Err(Broken::at(&span, "a second document begins here; one is all there may be"));
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
            let text = format!("tag {}: values are written without tags", tag.original());
            return Err(Broken::at(&span, text));
        }
        if let Some(id) = event.alias_id() {
            let known = self.anchors.get(&id).cloned();
            let inside = || Broken::at(&span, "this alias stands inside its own anchor");
            let (node, size) = known.ok_or_else(inside)?;
            self.count(size, &span)?;
            return Ok(node);
        }
        let (anchor, before) = (event.anchor_id(), self.nodes);
        self.count(1, &span)?;
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => match &*text {
                "" | "~" | "null" | "Null" | "NULL" => Value::Null,
                _ => Value::Plain(text.into_owned()),
            },
            Event::Scalar(text, ..) => Value::Quoted(text.into_owned()),
            Event::SequenceStart(..) => self.list()?,
            _ => self.map()?,
        };
        let node = Rc::new(Node { place: self.place(&span), value });
        self.anchors.extend(anchor.map(|id| (id, (node.clone(), self.nodes - before))));
        Ok(node)
    }

    fn count(&mut self, nodes: usize, span: &Span) -> Result<(), Broken> {
        self.nodes += nodes;
        if self.nodes <= MOST_NODES {
            return Ok(());
        }
        Err(Broken::at(span, format!("the file holds more than {MOST_NODES} values, aliases counted")))
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
            if style == ScalarStyle::Plain && key == "<<" {
                merges.push((node, span));
            } else if let Err((entry, first)) = keys.add(Entry { key, place: self.place(&span), node }) {
                let text = format!("duplicate key; it already stands at {first}");
                self.report.error(&entry.place, &self.path.join("."), text);
            }
            self.path.pop();
        }
        for (from, span) in merges {
            keys.merge(&from).map_err(|why| Broken::at(&span, why))?;
        }
        Ok(Value::Map(keys.entries))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Broken> {
        let ended = || Broken { line: 1, column: 1, why: "the file ends too early".into() };
        Ok(self.events.next_event().ok_or_else(ended)??)
    }

    fn place(&self, span: &Span) -> Place {
        Place::File { name: self.name.clone(), line: span.start.line().max(1), column: span.start.col() + 1 }
    }
}

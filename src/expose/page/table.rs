//! A table of many columns: it scrolls by itself where it is wider than the screen, also by keys, and says what it is to those
//! who listen to it.

use super::html::{Attributes, Html};
use std::fmt::Display;

/// A heading, and the class of its cells.
pub(super) type Column = (&'static str, &'static str);

pub(super) fn wide(
    html: &mut Html,
    name: &str,
    about: &str,
    columns: &[Column],
    rows: impl FnOnce(&mut Html),
) {
    let outside: Attributes<'_> =
        &[("class", &"wide"), ("role", &"region"), ("aria-label", &name), ("tabindex", &0)];
    html.element("div", outside, |html| {
        html.element("table", &[], |html| {
            html.with_text("caption", &[], about);
            html.element("thead", &[], |html| {
                html.element("tr", &[], |html| {
                    for (name, class) in columns {
                        html.with_text("th", &[("scope", &"col"), ("class", class)], name);
                    }
                });
            });
            html.element("tbody", &[], rows);
        });
    });
}

pub(super) fn number(html: &mut Html, value: impl Display) {
    html.with_text("td", &[("class", &"number")], value);
}

/// By name where there is one.
pub(super) fn user(html: &mut Html, name: Option<&str>, uid: u32) {
    match name {
        Some(name) => html.with_text("td", &[], name),
        None => html.with_text("td", &[], uid),
    }
}

/// What is not shown, and where it is.
pub(super) fn more(html: &mut Html, left: usize, command: &str) {
    if left > 0 {
        html.with_text("p", &[("class", &"none")], format_args!("and {left} more: `{command}` shows all"));
    }
}

//! HTML as it is written. Elements close themselves, so what comes out is well-formed; names of elements and attributes
//! are constants of the program; everything else is text, and there is no way to write text that is not escaped.

use crate::model::text::is_harmless;
use std::fmt::{self, Display, Write};

/// Characters of one text that are shown: a page is no longer than its parts are many.
const LONGEST_TEXT: usize = 600;

pub(super) type Attributes<'a> = &'a [(&'static str, &'a dyn Display)];

#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Html),
    ) {
        self.open(name, attributes);
        self.0.push('>');
        inside(self);
        self.0 += "</";
        self.0 += name;
        self.0.push('>');
    }

    /// An element that holds text alone.
    pub(super) fn with_text(&mut self, name: &'static str, attributes: Attributes<'_>, text: impl Display) {
        self.element(name, attributes, |html| html.text(text));
    }

    /// An element that never holds anything.
    pub(super) fn void(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        self.0 += "/>";
    }

    pub(super) fn text(&mut self, text: impl Display) {
        // Writing to memory fails only where the text has grown too long.
        if write!(Escaping { to: &mut self.0, room: LONGEST_TEXT }, "{text}").is_err() {
            self.0.push('…');
        }
    }

    /// What the program itself says in another language: its style.
    pub(super) fn verbatim(&mut self, text: &'static str) {
        self.0 += text;
    }

    pub(super) fn finish(self) -> String {
        self.0
    }

    fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.0.push('<');
        self.0 += name;
        for (key, value) in attributes {
            self.0.push(' ');
            self.0 += key;
            self.0 += "=\"";
            self.text(value);
            self.0.push('"');
        }
    }
}

struct Escaping<'a> {
    to: &'a mut String,
    room: usize,
}

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            self.room = self.room.checked_sub(1).ok_or(fmt::Error)?;
            match c {
                '&' => self.to.push_str("&amp;"),
                '<' => self.to.push_str("&lt;"),
                '>' => self.to.push_str("&gt;"),
                '"' => self.to.push_str("&quot;"),
                '\'' => self.to.push_str("&#39;"),
                c if is_harmless(c) => self.to.push(c),
                c => self.to.extend(c.escape_unicode()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        let mut html = Html::default();
        html.text(text);
        html.finish()
    }

    #[test]
    fn elements_close_in_order_and_values_stay_values() {
        let mut html = Html::default();
        html.element("p", &[("class", &"a\" onclick=\"b"), ("id", &7)], |html| {
            html.with_text("b", &[], "x < y");
            html.void("br", &[]);
        });
        assert_eq!(html.finish(), "<p class=\"a&quot; onclick=&quot;b\" id=\"7\"><b>x &lt; y</b><br/></p>");
    }

    #[test]
    fn no_text_becomes_markup_or_turns_around() {
        assert_eq!(text("</style><script>'&\""), "&lt;/style&gt;&lt;script&gt;&#39;&amp;&quot;");
        assert_eq!(text("a\u{202e}b\u{0}\n\\"), "a\\u{202e}b\\u{0}\\u{a}\\");
    }

    #[test]
    fn a_text_without_end_is_cut() {
        assert_eq!(text(&"é".repeat(LONGEST_TEXT)), "é".repeat(LONGEST_TEXT));
        assert_eq!(text(&"é".repeat(9999)), "é".repeat(LONGEST_TEXT) + "…");
    }
}

//! The two forms in which metrics are written, and which one a client is given.

/// What a scraper can read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    OpenMetrics,
    /// Prometheus' own, older text form.
    Text,
}

impl Form {
    /// OpenMetrics is for those who ask for it by name.
    pub fn accepted(accept: &str) -> Form {
        let named = |offer: &str| offer.trim_start().starts_with("application/openmetrics-text");
        if accept.split(',').any(named) { Form::OpenMetrics } else { Form::Text }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Form::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Form::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// From OpenMetrics. The older form has no units, no end mark, and calls a counter by its sample's name.
    pub(super) fn write(self, open: String) -> String {
        if self == Form::OpenMetrics {
            return open;
        }
        let mut text = String::with_capacity(open.len());
        let mut help = None;
        for line in open.lines() {
            let mut words = line.splitn(4, ' ');
            match (words.next(), words.next(), words.next(), words.next()) {
                (Some("#"), Some("UNIT" | "EOF"), ..) => {}
                (Some("#"), Some("HELP"), Some(_), about) => help = Some(about.unwrap_or_default()),
                (Some("#"), Some("TYPE"), Some(name), Some(kind)) => {
                    let (suffix, kind) = match kind {
                        "counter" => ("_total", kind),
                        "info" => ("_info", "gauge"),
                        "unknown" => ("", "untyped"),
                        _ => ("", kind),
                    };
                    if let Some(about) = help.take() {
                        text += &format!("# HELP {name}{suffix} {about}\n");
                    }
                    text += &format!("# TYPE {name}{suffix} {kind}\n");
                }
                _ => {
                    text += line;
                    text.push('\n');
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_metrics_is_given_to_those_who_name_it() {
        for (accept, form) in [
            ("", Form::Text),
            ("*/*", Form::Text),
            ("text/plain;version=0.0.4;q=0.5, application/openmetrics-text;version=1.0.0", Form::OpenMetrics),
            ("application/openmetrics-text; version=1.0.0,*/*;q=0.1", Form::OpenMetrics),
        ] {
            assert_eq!(Form::accepted(accept), form, "{accept}");
        }
    }

    #[test]
    fn the_older_form_has_other_names_and_no_units() {
        let open = "# HELP a Things, so far.\n# TYPE a counter\na_total{b=\"c d\"} 3\n# TYPE s_seconds gauge\n\
                    # UNIT s_seconds seconds\ns_seconds 1\n# TYPE build info\nbuild_info{v=\"1\"} 1\n# EOF\n";
        let text = "# HELP a_total Things, so far.\n# TYPE a_total counter\na_total{b=\"c d\"} 3\n\
                    # TYPE s_seconds gauge\ns_seconds 1\n# TYPE build_info gauge\nbuild_info{v=\"1\"} 1\n";
        assert_eq!(Form::Text.write(open.into()), text);
        assert_eq!(Form::OpenMetrics.write(open.into()), open);
    }
}

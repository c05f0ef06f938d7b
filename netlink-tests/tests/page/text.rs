//! Names, arguments and folders that would be scripts, were they not text.

use super::{at, browser, url};
use netlink_tests::bench::asking::get;
use netlink_tests::bench::browser::{Look, Visit};
use netlink_tests::bench::{Actor, Browser, Setup, Stage, eventually, turn};
use std::collections::BTreeSet;
use std::process::Command;

/// Names that a careless page would run. Files are called so, too, so none has a slash.
const HOSTILE: [&str; 5] = [
    "<script>document.title='owned'<\\script>",
    "\"><img src=x onerror=document.title='owned'>",
    "'><svg onload=document.title='owned'>",
    "<!--<style>*{display:none}",
    "<meta http-equiv=refresh content=0;url=http:127.0.0.1:9>",
];

/// Only in arguments, which may hold anything.
const WITH_SLASHES: [&str; 3] = [
    "</span></style></title><script>document.title='owned'</script>",
    "<iframe src=//127.0.0.1:9/></iframe>",
    "--><![CDATA[<a href=javascript:document.title='owned'>",
];

fn elements(document: &str) -> BTreeSet<&str> {
    let names = document.split('<').skip(1).filter_map(|rest| rest.split(['>', ' ', '/']).next());
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn what_would_be_a_script_is_text() {
    let Some(browser) = browser("what_would_be_a_script_is_text") else { return };
    let _turn = turn();
    this_browser_runs_scripts_and_tells_what_is_forbidden(&browser);
    let quoted = HOSTILE.map(|name| format!("'{}'", name.replace('\'', "''"))).join(", ");
    let service = Setup::new()
        .config(&format!(
            "target_commands: [ffmpeg, {quoted}]\n\
             scanner: {{ interval: 500ms, cpu_budget: 100, overload: 1000, top_n: 1000, \
             top_cpu_weight: 1, top_memory_weight: 0, top_stability: 0 }}"
        ))
        .flags(&["--metrics-listen", "127.0.0.1:0"])
        .start();
    let stage = Stage::new();
    let mut actors = Vec::new();
    for name in HOSTILE {
        let folder = stage.path().join(format!("in {name}"));
        std::fs::create_dir(&folder).unwrap();
        actors.push(Actor::of(Command::new(stage.copy(name)).args(["sleep", name]).current_dir(folder)));
    }
    let ffmpeg = stage.copy("ffmpeg");
    for name in WITH_SLASHES {
        actors.push(Actor::of(Command::new(&ffmpeg).args(["sleep", name])));
        actors.push(Actor::of(Command::new(&ffmpeg).args(["rename", name, "sleep"])));
    }
    eventually("all are governed", || service.count("Attached PID") == actors.len());
    let jobs = actors.len();
    // Nobody's target, and among the first of those who use the host.
    for name in ["<script>x//", "'><b onload=x>"] {
        actors.push(Actor::of(Command::new(stage.copy("busy")).args(["rename", name, "busy"])));
    }
    let page = || get(service.metrics_address(), "/", "").body;
    let rows = ["&lt;script&gt;x//</th>", "&#39;&gt;&lt;b onload=x&gt;</th>"];
    eventually("the busy ones are shown", || rows.iter().all(|row| page().contains(row)));

    let visit = browser.visit(&url(&service), Look::USUAL);
    assert_eq!(visit.console, [""; 0]);
    assert_eq!(visit.requests, BTreeSet::from([url(&service)]));
    is_the_page(&visit, jobs);

    // What the policy would have stopped is not there in the first place: without it, nothing else happens.
    let served = get(service.metrics_address(), "/", "");
    assert!(served.head.contains("Content-Security-Policy: default-src 'none'; style-src 'sha256-"));
    let bare = browser.file("bare.html");
    std::fs::write(&bare, &served.body).unwrap();
    let visit = browser.visit(&at(&bare), Look::USUAL);
    assert_eq!((visit.console.len(), visit.requests.len()), (0, 0), "{visit:?}");
    is_the_page(&visit, jobs);

    // To the letter: as XML, which forgives nothing, it is the same document.
    let strict = browser.file("strict.xhtml");
    std::fs::write(&strict, &served.body).unwrap();
    let as_xml = browser.visit(&at(&strict), Look::USUAL);
    is_the_page(&as_xml, jobs);
    assert_eq!(elements(&as_xml.document), elements(&visit.document));
}

/// Or the rest would prove nothing.
fn this_browser_runs_scripts_and_tells_what_is_forbidden(browser: &Browser) {
    let page = browser.file("script.html");
    let script = "<title>still</title><script>document.title = 'ran'</script>";
    let seen = |text: String| {
        std::fs::write(&page, text).unwrap();
        browser.visit(&at(&page), Look::USUAL)
    };
    assert!(seen(format!("<!DOCTYPE html>{script}")).document.contains("<title>ran</title>"));
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">";
    let visit = seen(format!("<!DOCTYPE html>{policy}{script}"));
    assert!(visit.document.contains("<title>still</title>") && visit.console.len() == 1, "{visit:?}");
    let broken = browser.file("broken.xhtml");
    std::fs::write(&broken, "<html xmlns=\"http://www.w3.org/1999/xhtml\"><p>a<br></p></html>").unwrap();
    assert!(browser.visit(&at(&broken), Look::USUAL).document.contains("parsererror"));
}

fn is_the_page(visit: &Visit, jobs: usize) {
    let document = &visit.document;
    assert!(document.contains(&format!("<title>healthy – {jobs} governed – ffrtmp</title>")), "{document}");
    let expected = BTreeSet::from([
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1",
        "p",
        "strong",
        "time",
        "main",
        "section",
        "h2",
        "div",
        "dl",
        "dt",
        "dd",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "span",
        "small",
        "figure",
        "figcaption",
        "svg",
        "rect",
        "text",
        "ol",
        "ul",
        "li",
        "footer",
        "nav",
        "a",
        "!DOCTYPE",
    ]);
    let strange: Vec<_> = elements(document).difference(&expected).copied().collect();
    assert!(strange.is_empty(), "{strange:?}: {document}");
    assert!(document.contains("&lt;script&gt;document.title='owned'&lt;\\script&gt;</td>"), "{document}");
}

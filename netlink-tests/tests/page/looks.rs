//! How it looks, measured by the browser itself: colours that can be told apart, nothing wider than the screen, and a
//! picture of it. `FFRTMP_PICTURE` names a file that the picture is kept in.

use super::{at, browser, url};
use netlink_tests::bench::asking::get;
use netlink_tests::bench::browser::Look;
use netlink_tests::bench::{Actor, Browser, Service, Setup, Stage, eventually, turn};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

const WIDE: Look = Look { width: 1280, height: 1360, dark: false };
const NARROW: Look = Look { width: 390, height: 1600, dark: false };

/// What a browser finds when it looks at each text: the least contrast to what is behind it, and which that is.
const MEASURE: &str = "<script>
const light = colour => {
  const parts = colour.match(/[0-9.]+/g).slice(0, 3).map(part => part / 255);
  const [r, g, b] = parts.map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = element => {
  const colour = getComputedStyle(element).backgroundColor;
  return colour == 'rgba(0, 0, 0, 0)' ? behind(element.parentElement) : colour;
};
let least = 21, of = '';
for (const element of document.body.querySelectorAll('*')) {
  const own = [...element.childNodes].some(node => node.nodeType == 3 && node.data.trim());
  if (!own || element.localName == 'script') continue;
  const style = getComputedStyle(element);
  const [a, b] = [light(element.localName == 'text' ? style.fill : style.color), light(behind(element))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < least) [least, of] = [contrast, element.outerHTML];
}
const paper = light(getComputedStyle(document.body).backgroundColor);
parent.postMessage(JSON.stringify({ least, of, paper, width: document.documentElement.scrollWidth, screen: innerWidth }), '*');
</script>";

/// A window may be no narrower than this browser likes, a frame may.
const FRAME: &str = "<!DOCTYPE html><script>onmessage = message => document.title = message.data</script>
<iframe src=measured.html height=900 width=";

/// A host at work: transcoders of several users, one of whom has a filter against it.
fn scene(stage: &Stage) -> (Service, Vec<Actor>) {
    let service = Setup::new()
        .config(
            "target_commands: [ffmpeg, gst-launch-1.0]\n\
             default_limits: { cpu_quota: 200, memory_limit: 4GiB }\n\
             commands: { ffmpeg: { limits: { cpu_quota: 300 } } }\n\
             filters: { blocked_dirs: [/var] }\n\
             scanner: { interval: 1s, cpu_budget: 100, overload: 1000, \
             top_cpu_weight: 1, top_memory_weight: 0, top_min_score: 0.01 }\n",
        )
        .without("--log-level")
        .flags(&["--metrics-listen", "127.0.0.1:0"])
        .start();
    let ffmpeg = |line: &str| ("ffmpeg", line.to_owned());
    let launch = |line: &str| ("gst-launch-1.0", line.to_owned());
    let lines = [
        (33, "busy", ffmpeg("-re -i studio-1.mp4 -c:v libx264 -f flv rtmp://live.example/app/c2VjcmV0")),
        (33, "busy", ffmpeg("-re -i studio-2.mp4 -c:v libx264 -f flv rtmp://live.example/app/aGlkZGVu")),
        (0, "children 2 sleep", ffmpeg("-i https://archive.example/talk.m3u8?token=abc -c copy talk.mkv")),
        (65534, "sleep", ffmpeg("-f v4l2 -i /dev/video0 -c:v libvpx-vp9 -f webm camera.webm")),
        (33, "grow 40", launch("-e videotestsrc ! x264enc ! rtmpsink location=rtmp://live.example/test/key")),
        (65534, "threads 4 sleep", launch("-q audiotestsrc ! opusenc ! oggmux ! filesink location=tone.ogg")),
    ];
    let start = |(user, what, (name, line)): (u32, &str, (&str, String)), folder: &str| {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(stage.copy(name));
        command.arg0(name).args(line.split(' ')).env("ACTOR", what).current_dir(folder);
        Actor::of(command.uid(user).gid(user))
    };
    let mut actors: Vec<Actor> = lines.into_iter().map(|line| start(line, "/srv")).collect();
    eventually("all are governed", || service.count("Attached PID") == actors.len());
    actors.push(start((33, "busy", ffmpeg("-i upload.mov thumbnail.png")), "/var"));
    service.wait_for("Ignored PID");
    // A rate is known when it has been asked for twice, and sampled twice.
    eventually("what they use is shown", || {
        let page = get(service.metrics_address(), "/", "").body;
        let (jobs, processes) = page.split_once("id=\"processes\"").expect("both tables");
        jobs.contains(" %</td>") && processes.contains("www-data</td>") && processes.contains(" ago, over ")
    });
    (service, actors)
}

#[test]
fn it_is_read_in_light_and_dark_on_wide_and_narrow_screens() {
    let Some(browser) = browser("it_is_read_in_light_and_dark_on_wide_and_narrow_screens") else { return };
    let _turn = turn();
    let stage = Stage::new();
    let (service, _actors) = scene(&stage);
    // Scripts of ours run in a copy, which comes without the page's policy.
    let served = get(service.metrics_address(), "/", "").body;
    let copy = served.replace("</body>", &format!("{MEASURE}</body>"));
    std::fs::write(browser.file("measured.html"), copy).unwrap();
    for look in [WIDE, Look { dark: true, ..WIDE }, NARROW, Look { dark: true, ..NARROW }] {
        let measured = measure(&browser, look);
        let number = |name: &str| measured[name].as_f64().expect("a number");
        assert!(number("least") >= 4.5, "{look:?}: {measured}");
        assert!(number("width") <= number("screen"), "{look:?}: {measured}");
        let (is_dark, width) = (number("paper") < 0.5, number("screen"));
        assert_eq!((is_dark, width), (look.dark, f64::from(look.width)), "{measured}");
    }
    let kept = std::env::var_os("FFRTMP_PICTURE").map(PathBuf::from);
    let picture = picture(&browser, &url(&service), kept.unwrap_or_else(|| browser.file("page.png")));
    let nothing = picture_of_nothing(&browser);
    assert!(picture > 4 * nothing, "{picture} bytes, and {nothing} of an empty page");
    assert!(picture < 200 << 10, "{picture} bytes are too many for a page of the manual");
}

fn measure(browser: &Browser, look: Look) -> Value {
    let frame = browser.file("frame.html");
    std::fs::write(&frame, format!("{FRAME}{} frameborder=0></iframe>", look.width)).unwrap();
    let document = browser.visit(&at(&frame), Look { width: 1400, ..look }).document;
    let title = document.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
    let title = title.unwrap_or_else(|| panic!("nothing was measured: {document}"));
    let text = title.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {title}"))
}

/// How many bytes it takes, which is few where there is little to see.
fn picture(browser: &Browser, url: &str, to: PathBuf) -> u64 {
    browser.picture(url, WIDE, &to);
    std::fs::metadata(to).unwrap().len()
}

fn picture_of_nothing(browser: &Browser) -> u64 {
    let empty = browser.file("empty.html");
    std::fs::write(&empty, "<!DOCTYPE html><title>nothing</title>").unwrap();
    picture(browser, &at(&empty), browser.file("nothing.png"))
}

//! What operators and attackers of their own logs write: examples with the exact outcome, then secrets planted in
//! templates, cut anywhere, and any bytes at all.

use super::templates::TEMPLATES;
use super::*;
use proptest::prelude::*;

fn shown(args: &[&str]) -> String {
    argv(&joined(args), false, ArgvInLog::Redacted)
}

fn joined(args: &[&str]) -> Vec<u8> {
    args.iter().flat_map(|arg| arg.bytes().chain([0])).collect()
}

#[test]
fn what_is_hidden_and_what_is_kept() {
    for (args, expected) in [
        (
            &["ffmpeg", "-re", "-i", "a b.mp4", "-f", "flv", "rtmp://host/app/KEY"][..],
            "ffmpeg -re -i \"a b.mp4\" -f flv rtmp://host/app/***",
        ),
        (
            &["RTMPS://live.example:443/rtmp/FB-1-0-Ab?s_bl=1&a=Xy&KEY"],
            "\"RTMPS://live.example:443/rtmp/***?s_bl=***&a=***&***\"",
        ),
        (&["rtmp://user:pw@host/app/inst/KEY/"], "rtmp://***@host/app/inst/***"),
        (&["rtmp://[::1]:1935/app/KEY"], "\"rtmp://[::1]:1935/app/***\""),
        (
            &["srt://host:9000?streamid=#!::r=live/KEY&latency=120&passphrase=correct horse"],
            "\"srt://host:9000?streamid=***&latency=120&passphrase=***\"",
        ),
        (
            &["[f=flv:onfail=ignore]rtmp://a/app/K1|[f=flv]rtmp://b/app/K2"],
            "\"[f=flv:onfail=ignore]rtmp://a/app/***|[f=flv]rtmp://b/app/***\"",
        ),
        (
            &["[f=mpegts:passphrase=a\\:b:mode=caller]srt://h:1"],
            "\"[f=mpegts:passphrase=***:mode=caller]srt://h:1\"",
        ),
        (&["location=\"rtmp://host/app/KEY live=1\""], "\"location=\\\"rtmp://host/app/*** live=1\\\"\""),
        (
            &["location=rtmp://host/app/KEY live=1 token=T"],
            "\"location=rtmp://host/app/*** live=1 token=***\"",
        ),
        (&["movie=rtmp\\://host\\:1935/app/KEY,scale=a/b"], "\"movie=rtmp\\\\://host\\\\:1935/app/***\""),
        (&["-Passphrase", "KEY", "-c", "copy"], "-Passphrase *** -c copy"),
        (&["-key", "-passphrase", "KEY", "-y"], "-key *** *** -y"),
        (&["-key", "passphrase=", "KEY", "-y"], "-key *** *** -y"),
        (&["-key", "passphrase", "=", "KEY", "!"], "-key *** = *** \"!\""),
        (&["--Token=KEY more", "-y"], "--Token=*** -y"),
        (
            &["srtsink", "passphrase=KEY", "uri=srt://:8888?mode=listener"],
            "srtsink passphrase=*** \"uri=srt://:8888?mode=listener\"",
        ),
        (&["srtsink", "passphrase", "=", "KEY", "!"], "srtsink passphrase = *** \"!\""),
        (&["srtsink", "passphrase=", "KEY"], "srtsink passphrase= ***"),
        (&["srtsink", "passphrase", "=KEY"], "srtsink passphrase =***"),
        (
            &["-headers", "Accept: */*\r\nAuthorization: Bearer KEY\r\nX-Api-Key:KEY"],
            "-headers \"Accept: */*\\r\\nAuthorization: ***\\r\\nX-Api-Key:***\"",
        ),
        (
            &["https://cdn/x.m3u8?a=1&X-Amz-Signature=KEY&b=2"],
            "\"https://cdn/x.m3u8?a=1&X-Amz-Signature=***&b=2\"",
        ),
        (
            &["ffmpeg -passphrase 'a b' -i rtmp://h/app/KEY -y"],
            "\"ffmpeg -passphrase *** -i rtmp://h/app/*** -y\"",
        ),
        (&["rtsp://user:pa?ss@cam/1"], "rtsp://***"),
        (&["rtmp://a/app/K1+rtmp://b/app/K2"], "rtmp://a/app/***rtmp://b/app/***"),
        (&["rtmp://a/app/K1foo://u:pw@b/app"], "rtmp://a/app/***://***@b/app"),
        (&["srtsink passphrase=\"a b\" ! x"], "\"srtsink passphrase=*** ! x\""),
        (
            &["[f=mpegts:passphrase=ab]srt://h:1?mode=caller"],
            "\"[f=mpegts:passphrase=***]srt://h:1?mode=caller\"",
        ),
        (&["-key:KEY", "x"], "-key*** ***"),
    ] {
        assert_eq!(shown(args), expected);
    }
}

#[test]
fn ordinary_command_lines_stay_readable() {
    for args in [
        &["ffmpeg", "-pass", "1", "-passlogfile", "/tmp/p", "-force_key_frames", "expr:gte(t,n_forced*2)"][..],
        &["-x264opts", "keyint=60:min-keyint=60:pass=2", "-metadata", "author=Ann", "-auth_type", "basic"],
        &["-vf", "colorkey=0x00FF00:0.3,scale=1280:-2", "-map", "[0:v]", "-hls_key_info_file", "/etc/k"],
        &[
            "x264enc",
            "key-int-max=60",
            "!",
            "rtspsrc",
            "location=rtsp://cam:554/1?x=1",
            "udp://@239.0.0.1:1234",
        ],
        &["-i", "https://cdn/v.m3u8?q=1", "-i", "http://[::1]:80/a@b", "-f", "segment", "out-%03d.ts"],
    ] {
        assert_eq!(shown(args), argv(&joined(args), false, ArgvInLog::Full));
    }
}

#[test]
fn the_whole_line() {
    assert_eq!(argv(b"ffmpeg\0title\0\0\0\0", false, ArgvInLog::Redacted), "ffmpeg title");
    assert_eq!(argv(b"a\0\0b\0", false, ArgvInLog::Redacted), "a \"\" b");
    assert_eq!(argv(b"a\0bc", true, ArgvInLog::Redacted), "a bc…");
    assert_eq!(argv(b"a\0bc\0", true, ArgvInLog::Redacted), "a bc …");
    assert_eq!(argv(b"-key\0S\x1b\xff\0", false, ArgvInLog::Full), "-key S\\u{1b}\\xff");
    assert_eq!(argv(b"-key\0S\0", false, ArgvInLog::None), "");
    assert_eq!(argv(b"\0\0", false, ArgvInLog::Redacted), "");
}

/// Keys as services hand them out, and some as people invent them.
fn secret() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_-]{4,40}|[A-Za-z0-9_.~-]{8,20}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_planted_secret_is_never_shown(template in prop::sample::select(&TEMPLATES[..]), secret in secret()) {
        // Names and hosts of the templates are short words: a secret that is one of them proves nothing.
        prop_assume!(!template.to_lowercase().contains(&secret.to_lowercase()));
        let raw = template.replace("@@", &secret);
        let shown = argv(raw.as_bytes(), false, ArgvInLog::Redacted);
        prop_assert!(!shown.contains(&secret), "{shown}");
        let shouted = argv(&[raw.as_bytes(), b"\0"].concat(), false, ArgvInLog::Redacted);
        prop_assert_eq!(shown, shouted);
    }

    #[test]
    fn nor_is_the_head_of_one_that_was_cut_off(template in prop::sample::select(&TEMPLATES[..]), secret in "[0-9]{9}|[A-Z]{9}", keep in 5_usize..8) {
        let at = template.find("@@").unwrap();
        let raw = [&template[..at], &secret[..keep]].concat();
        let shown = argv(raw.as_bytes(), true, ArgvInLog::Redacted);
        prop_assert!(!shown.contains(&secret[..keep]), "{shown}");
    }

    #[test]
    fn awkward_secrets_where_the_whole_argument_is_theirs(
        before in prop::sample::select(&["-key\0", "--token=", "passphrase=", "-headers\0Authorization: "][..]),
        secret in "[!-~][ -~]{6,30}[!-~]",
    ) {
        let raw = [before, &secret].concat();
        let shown = argv(raw.as_bytes(), false, ArgvInLog::Redacted);
        prop_assert!(shown.ends_with("***") || shown.ends_with("***\""), "{shown}");
    }

    #[test]
    fn any_bytes_are_taken(raw in prop::collection::vec(prop::sample::select(&b"\0 :/\\=&?|@'\"[],;-#!aKey\xff"[..]), 0..80), cut: bool) {
        let shown = argv(&raw, cut, ArgvInLog::Redacted);
        prop_assert!(shown.chars().all(|c| !c.is_control()));
    }

    #[test]
    fn names_that_tell_are_enough(
        name in prop::sample::select(&["key", "Stream-Key", "pass_phrase", "PASSWD", "client.secret", "sig", "x-auth"][..]),
        before in "[a-z]{1,8}=[a-z0-9]{1,5}[:, ;&]", secret in "[A-Z0-9]{6,20}", after in "|[:, ;&][a-z]{1,8}=[a-z0-9]{1,8}",
    ) {
        let raw = format!("{before}{name}={secret}{after}");
        let shown = argv(raw.as_bytes(), false, ArgvInLog::Redacted);
        prop_assert!(!shown.contains(&secret), "{shown}");
    }
}

//! The text of `/proc/PID/cgroup`: one line per hierarchy, of which the one of version 2 is ours. Pure; its path may
//! hold any byte but a newline, which the kernel refuses in the name of a group.

/// The group in the version 2 hierarchy, if the text holds all of its line. It stands last, behind those of version 1.
pub fn unified(text: &[u8]) -> Option<&[u8]> {
    text.strip_suffix(b"\n")?.rsplit(|&b| b == b'\n').find_map(|line| line.strip_prefix(b"0::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_version_2_is_found_behind_those_of_version_1() {
        assert_eq!(unified(b"0::/\n"), Some(&b"/"[..]));
        assert_eq!(unified(b"4:cpu,cpuacct:/a\n1:name=systemd:/b\n0::/c d\xff\n"), Some(&b"/c d\xff"[..]));
        assert_eq!(unified(b"1:name=systemd:/b\n"), None);
    }

    #[test]
    fn a_line_that_was_cut_is_none() {
        assert_eq!(unified(b"4:cpu:/a\n0::/system.sli"), None);
        assert_eq!(unified(b""), None);
    }
}

//! Disks under the shipped unit, which sees no devices: each is found all the same.

use super::{can_run, is_caught};
use netlink_tests::bench::installed::{self, Installed};
use netlink_tests::bench::{Actor, Stage, cgroup};

#[test]
fn a_folder_and_a_device_lead_to_the_disk_though_the_unit_sees_no_devices() {
    if !can_run("a_folder_and_a_device_lead_to_the_disk_though_the_unit_sees_no_devices") {
        return;
    }
    let yaml = "default_limits: { io_max: { /var/lib: { wbps: 50MB }, /dev/vda: { riops: 5000 } } }";
    let installed = Installed::with(yaml).start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let job = is_caught(&actor);
    let number = std::fs::read_to_string("/sys/block/vda/dev").expect("the disk of this world");
    let expected = format!("{} rbps=max wbps=50000000 riops=5000 wiops=max", number.trim());
    assert_eq!(cgroup::read(&installed::group(&job), "io.max"), expected);
    assert_eq!(installed.count("io_max cannot hold"), 0);
}

use crate::engine::effect::Task;
use crate::engine::input::Reply;
use std::os::fd::OwnedFd;
#[derive(Debug)]
pub struct Worker;
impl Worker {
    pub fn start(_: &std::path::Path, _: impl Fn() + Send + 'static) -> std::io::Result<Worker> {
        Ok(Worker)
    }
    pub fn give(&self, _: Task) {}
    pub fn next_reply(&self) -> Option<(Reply, Option<OwnedFd>)> {
        None
    }
}

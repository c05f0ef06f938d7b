//! The program that the kernel runs for each task: of the first thread of a process it copies what `FIELDS` names into
//! one row and writes the row out. It changes nothing, follows no list and calls three helpers; the kernel's verifier proves
//! it before it runs.

use super::btf::{Btf, Path};
use crate::sys::bpf::instruction::*;

/// Words of a row: what `FIELDS` names, the name taking two, and when it was read.
pub(super) const WORDS: usize = FIELDS.len() + 2;

/// From the task; where kernels differ, how each has it. `row` reads them in this order.
const FIELDS: [&[&str]; 17] = [
    &["tgid"],
    &["start_boottime"],
    &["real_parent.tgid"],
    &["real_cred.euid.val"],
    &["flags"],
    &["__state"],
    &["exit_state"],
    &["signal.nr_threads"],
    &["signal.sum_sched_runtime"],
    &["se.sum_exec_runtime"],
    &["signal.cutime"],
    &["signal.cstime"],
    &["mm.rss_stat.0.count", "mm.rss_stat.count.0.counter"],
    &["mm.rss_stat.1.count", "mm.rss_stat.count.1.counter"],
    &["mm.rss_stat.3.count", "mm.rss_stat.count.3.counter"],
    &["mm.start_stack"],
    &["comm"],
];

const BPF_KTIME_GET_NS: i32 = 5;
const BPF_PROBE_READ_KERNEL: i32 = 113;
const BPF_SEQ_WRITE: i32 = 127;

const META: u8 = SIXTH;
const TASK: u8 = SEVENTH;

const ROW: i16 = -(WORDS as i16) * 8;

/// `None` where this kernel has no such field.
pub(super) fn assemble(btf: &Btf<'_>) -> Option<Vec<Instruction>> {
    let (tid, pid) = (btf.path("task_struct", "pid")?, btf.path("task_struct", "tgid")?);
    let row = row(btf)?;
    let behind = row.len() as i16;
    let mut program = vec![
        // The context: what this run is, and the task; at its end there is none.
        op(LOAD_WORD, META, VALUE, 0, 0),
        op(LOAD_WORD, TASK, VALUE, 8, 0),
        op(SKIP_IF_NUMBER, TASK, 0, behind + 3, 0),
        op(LOAD, VALUE, TASK, tid.offset, 0),
        op(LOAD, OTHER, TASK, pid.offset, 0),
        op(SKIP_UNLESS_SAME, VALUE, OTHER, behind, 0),
    ];
    program.extend(row);
    program.extend([op(SET, RESULT, 0, 0, 0), op(EXIT, 0, 0, 0, 0)]);
    Some(program)
}

/// The time first: what happens later is not contained in what is read.
fn row(btf: &Btf<'_>) -> Option<Vec<Instruction>> {
    let mut row = vec![op(CALL, 0, 0, 0, BPF_KTIME_GET_NS), op(STORE_WORD, FRAME, RESULT, -8, 0)];
    for (at, names) in (ROW..).step_by(8).zip(FIELDS) {
        let path = names.iter().find_map(|name| btf.path("task_struct", name))?;
        copy(&mut row, &path, at)?;
    }
    row.extend([
        op(LOAD_WORD, VALUE, META, 0, 0),
        op(COPY, OTHER, FRAME, 0, 0),
        op(ADD, OTHER, 0, 0, i32::from(ROW)),
        op(SET, THIRD, 0, 0, -i32::from(ROW)),
        op(CALL, 0, 0, 0, BPF_SEQ_WRITE),
    ]);
    Some(row)
}

/// A field goes to its place in the row, zero where a pointer on the way leads nowhere.
fn copy(row: &mut Vec<Instruction>, path: &Path, at: i16) -> Option<()> {
    let parts = || (0..).step_by(8).take((path.size as usize).div_ceil(8));
    row.extend(parts().map(|part| op(STORE_NUMBER, FRAME, 0, at + part, 0)));
    let from = if path.hops.is_empty() { TASK } else { VALUE };
    let read = match (path.in_array, path.size) {
        (true, 8) => fetch(from, path.offset, at).to_vec(),
        (false, 4) => load(LOAD, from, path.offset, at).to_vec(),
        (false, 8 | 16) => {
            parts().flat_map(|part| load(LOAD_WORD, from, path.offset + part, at + part)).collect()
        }
        _ => return None,
    };
    for (followed, hop) in path.hops.iter().enumerate() {
        let from = if followed == 0 { TASK } else { VALUE };
        let left = 2 * (path.hops.len() - followed - 1) + read.len();
        row.extend([op(LOAD_WORD, VALUE, from, *hop, 0), op(SKIP_IF_NUMBER, VALUE, 0, left as i16, 0)]);
    }
    row.extend(read);
    Some(())
}

fn load(code: u8, from: u8, offset: i16, at: i16) -> [Instruction; 2] {
    [op(code, OTHER, from, offset, 0), op(STORE_WORD, FRAME, OTHER, at, 0)]
}

/// Verifiers before Linux 6.2 do not see through an array's elements: there the helper reads.
fn fetch(from: u8, offset: i16, at: i16) -> [Instruction; 6] {
    [
        op(COPY, THIRD, from, 0, 0),
        op(ADD, THIRD, 0, 0, i32::from(offset)),
        op(COPY, VALUE, FRAME, 0, 0),
        op(ADD, VALUE, 0, 0, i32::from(at)),
        op(SET, OTHER, 0, 0, 8),
        op(CALL, 0, 0, 0, BPF_PROBE_READ_KERNEL),
    ]
}

//! The kernel's own description of its types (BTF): where a field of a structure lies, and the number of a function.
//! Nothing in it is believed blindly: what does not fit is `None`. Bit fields are not looked for.

use std::ops::Range;

/// From a structure to a field of it, or of another one behind pointers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Path {
    /// Where the pointers lie that are followed on the way.
    pub(super) hops: Vec<i16>,
    pub(super) offset: i16,
    pub(super) size: u32,
    /// It ends within an element of an array.
    pub(super) in_array: bool,
}

#[derive(Debug)]
pub(super) struct Btf<'a> {
    names: &'a [u8],
    types: &'a [u8],
    /// Where the type of each number begins, from number one on: zero is `void`.
    starts: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Type<'a> {
    name: u32,
    kind: u32,
    has_bit_fields: bool,
    /// Its size, or the type that it is another name of, or points to.
    size_or_type: u32,
    more: &'a [u8],
}

const MAGIC_AND_VERSION: [u8; 3] = [0xeb9f_u16.to_ne_bytes()[0], 0xeb9f_u16.to_ne_bytes()[1], 1];

const INT: u32 = 1;
const POINTER: u32 = 2;
const ARRAY: u32 = 3;
const STRUCT: u32 = 4;
const UNION: u32 = 5;
const ENUM: u32 = 6;
const FORWARD: u32 = 7;
const TYPEDEF: u32 = 8;
const RESTRICT: u32 = 11;
const FUNCTION: u32 = 12;
const PROTOTYPE: u32 = 13;
const VARIABLE: u32 = 14;
const SECTION: u32 = 15;
const FLOAT: u32 = 16;
const MARK_OF_DECLARATION: u32 = 17;
const MARK_OF_TYPE: u32 = 18;
const ENUM64: u32 = 19;

impl<'a> Btf<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Btf<'a>> {
        let body = bytes.strip_prefix(&MAGIC_AND_VERSION).and(bytes.get(word(bytes, 4)? as usize..))?;
        let types = body.get(range(word(bytes, 8)?, word(bytes, 12)?))?;
        let names = body.get(range(word(bytes, 16)?, word(bytes, 20)?))?;
        let (mut starts, mut next) = (Vec::with_capacity(types.len() / 20), 0);
        while next < types.len() {
            starts.push(u32::try_from(next).ok()?);
            let info = word(types, next + 4)?;
            next += 12 + length(kind(info), info as usize & 0xffff)?;
        }
        Some(Btf { names, types, starts })
    }

    pub(super) fn function(&self, name: &str) -> Option<u32> {
        self.find(FUNCTION, name)
    }

    /// `path`: fields by their names, elements of arrays by their numbers, dots between them. Pointers are followed.
    pub(super) fn path(&self, structure: &str, path: &str) -> Option<Path> {
        let (mut at, mut hops, mut offset, mut in_array) =
            (self.find(STRUCT, structure)?, Vec::new(), 0_u32, false);
        for step in path.split('.') {
            let mut of = self.get(at)?;
            if of.kind == POINTER {
                hops.push(i16::try_from(offset).ok()?);
                (of, offset, in_array) = (self.get(of.size_or_type)?, 0, false);
            }
            in_array |= of.kind == ARRAY;
            let (inner, further) = match of.kind {
                ARRAY => self.element(of, step)?,
                _ => self.field(of, step)?,
            };
            (at, offset) = (inner, offset.checked_add(further)?);
        }
        Some(Path { hops, offset: i16::try_from(offset).ok()?, size: self.size(at)?, in_array })
    }

    /// Its type and where it lies. Fields of unnamed fields count as the structure's own.
    fn field(&self, of: Type<'_>, name: &str) -> Option<(u32, u32)> {
        if of.kind != STRUCT && of.kind != UNION {
            return None;
        }
        of.more.chunks_exact(12).find_map(|field| {
            let (called, at, bits) = (word(field, 0)?, word(field, 4)?, word(field, 8)?);
            let is_bits = of.has_bit_fields && bits >> 24 != 0;
            let offset = if of.has_bit_fields { bits & 0x00ff_ffff } else { bits } / 8;
            if called == 0 {
                let (inner, further) = self.field(self.get(at)?, name)?;
                return Some((inner, offset + further));
            }
            (!is_bits && self.is_named(called, name)).then_some((at, offset))
        })
    }

    fn element(&self, of: Type<'_>, number: &str) -> Option<(u32, u32)> {
        let (element, count) = (word(of.more, 0)?, word(of.more, 8)?);
        let number = number.parse().ok().filter(|number: &u32| *number < count)?;
        Some((element, number.checked_mul(self.size(element)?)?))
    }

    fn size(&self, number: u32) -> Option<u32> {
        let of = self.get(number)?;
        match of.kind {
            INT | STRUCT | UNION | ENUM => Some(of.size_or_type),
            POINTER => Some(size_of::<u64>() as u32),
            // No array of arrays is asked for: this is as deep as it goes.
            ARRAY => match self.get(word(of.more, 0)?)? {
                element if element.kind == INT => word(of.more, 8)?.checked_mul(element.size_or_type),
                _ => None,
            },
            _ => None,
        }
    }

    fn find(&self, kind: u32, name: &str) -> Option<u32> {
        let all = 1..=u32::try_from(self.starts.len()).ok()?;
        let is_meant = |of: Type<'_>| of.kind == kind && self.is_named(of.name, name);
        all.into_iter().find(|&number| self.as_named(number).is_some_and(is_meant))
    }

    fn is_named(&self, at: u32, name: &str) -> bool {
        let behind = self.names.get(at as usize..).and_then(|names| names.strip_prefix(name.as_bytes()));
        behind.is_some_and(|behind| behind.first() == Some(&0))
    }

    fn as_named(&self, number: u32) -> Option<Type<'a>> {
        let start = *self.starts.get(number.checked_sub(1)? as usize)?;
        let bytes = self.types.get(start as usize..)?;
        let info = word(bytes, 4)?;
        Some(Type {
            name: word(bytes, 0)?,
            kind: kind(info),
            has_bit_fields: info >> 31 == 1,
            size_or_type: word(bytes, 8)?,
            more: bytes.get(12..)?.get(..length(kind(info), info as usize & 0xffff)?)?,
        })
    }

    /// What a type is under all its other names.
    fn get(&self, number: u32) -> Option<Type<'a>> {
        let mut of = self.as_named(number)?;
        for _ in 0..16 {
            match of.kind {
                TYPEDEF..=RESTRICT | MARK_OF_TYPE => of = self.as_named(of.size_or_type)?,
                _ => return Some(of),
            }
        }
        None
    }
}

fn kind(info: u32) -> u32 {
    info >> 24 & 0x1f
}

/// Of what follows the three words that every type begins with.
fn length(kind: u32, count: usize) -> Option<usize> {
    match kind {
        POINTER | FORWARD..=FUNCTION | FLOAT | MARK_OF_TYPE => Some(0),
        INT | VARIABLE | MARK_OF_DECLARATION => Some(4),
        ARRAY => Some(12),
        STRUCT | UNION | SECTION | ENUM64 => Some(12 * count),
        ENUM | PROTOTYPE => Some(8 * count),
        _ => None,
    }
}

fn range(start: u32, length: u32) -> Range<usize> {
    start as usize..start as usize + length as usize
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..)?.get(..4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::layout::Layout;
    use super::*;
    use proptest::prelude::*;

    /// One structure, `s { int a; union { int b; }; struct s *next; char name[16]; int bits:3; }`, and a function.
    fn example() -> Vec<u8> {
        let names = b"\0s\0a\0b\0next\0name\0bits\0f\0int\0";
        let at = |name: &str| {
            let name = [b"\0", name.as_bytes(), b"\0"].concat();
            names.windows(name.len()).position(|part| part == name).expect("it is there") as u32 + 1
        };
        let info = |kind: u32, count: u32| kind << 24 | count;
        let types = [
            &[at("int"), info(INT, 0), 4, 0][..],
            &[at("s"), info(STRUCT, 5) | 1 << 31, 40],
            &[at("a"), 1, 0, 0, 3, 32, at("next"), 4, 64, at("name"), 5, 128, at("bits"), 1, 256 | 3 << 24],
            &[0, info(UNION, 1), 4, at("b"), 1, 0],
            &[0, info(POINTER, 0), 2],
            &[0, info(ARRAY, 0), 0, 6, 1, 16],
            &[at("int"), info(INT, 0), 1, 0],
            &[at("f"), info(FUNCTION, 0), 1],
        ]
        .concat();
        let header = [24, 0, 4 * types.len() as u32, 4 * types.len() as u32, names.len() as u32];
        let words = header.iter().chain(&types).flat_map(|word| word.to_ne_bytes());
        MAGIC_AND_VERSION.into_iter().chain([0]).chain(words).chain(names.iter().copied()).collect()
    }

    #[test]
    fn fields_are_found_where_they_lie() {
        let bytes = example();
        let btf = Btf::parse(&bytes).expect("it is well formed");
        let found = |path| btf.path("s", path).map(|path| (path.hops, path.offset, path.size, path.in_array));
        assert_eq!(found("a"), Some((vec![], 0, 4, false)));
        assert_eq!(found("b"), Some((vec![], 4, 4, false)), "within an unnamed union");
        assert_eq!(found("next.next.b"), Some((vec![8, 8], 4, 4, false)));
        assert_eq!(found("name"), Some((vec![], 16, 16, false)));
        assert_eq!(found("next.name.3"), Some((vec![8], 19, 1, true)));
        assert_eq!(["bits", "c", "a.b", "name.16", ""].map(found), [None, None, None, None, None]);
        assert_eq!((btf.function("f"), btf.function("s"), btf.path("f", "a")), (Some(7), None, None));
    }

    #[test]
    fn this_kernel_is_described() {
        let Ok(layout) = Layout::read() else {
            return println!("SKIPPED this_kernel_is_described: needs BTF");
        };
        let btf = Btf::parse(&layout).expect("the kernel's own is well formed");
        assert_eq!(btf.path("task_struct", "comm").map(|path| path.size), Some(16));
        assert_eq!(btf.path("task_struct", "real_parent.tgid").map(|path| path.hops.len()), Some(1));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(at in 0..200usize, byte: u8, end in 0..300usize) {
            let mut bytes = example();
            if let Some(there) = bytes.get_mut(at) {
                *there = byte;
            }
            bytes.truncate(end);
            if let Some(btf) = Btf::parse(&bytes) {
                let _ = (btf.path("s", "next.next.b"), btf.path("s", "name.3"), btf.function("f"));
            }
        }
    }
}

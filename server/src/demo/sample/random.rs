//! Numbers that look drawn and are the same in every run.

/// `SplitMix64` (Steele, Lea, Flood 2014), started from what the numbers are for.
///
/// Every fact has its own start. A sentence that is added later therefore changes
/// no number elsewhere, and two resumes of a person agree about the facts they share.
pub(super) struct Random(u64);

impl Random {
    /// The numbers of one fact about one person.
    pub(super) fn of(person: &str, fact: &str) -> Self {
        const SEED: u64 = 0x5669_7461_6544_656d;
        // FNV-1a; the 0xff, no byte of UTF-8, keeps "ab" + "c" apart from "a" + "bc".
        let bytes = person.bytes().chain([0xff]).chain(fact.bytes());
        Self(bytes.fold(SEED, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn within(&mut self, low: u64, high: u64) -> u64 {
        low + self.draw() % (high - low + 1)
    }

    /// `count` of the items, or all of them, in their own order.
    pub(super) fn some_of<T: Copy>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut kept = items.to_vec();
        while kept.len() > count {
            let at = self.draw() % kept.len() as u64;
            kept.remove(usize::try_from(at).expect("less than a length, which is a usize"));
        }
        kept
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

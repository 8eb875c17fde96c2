//! Who acts in Hookyard, on ports alone.

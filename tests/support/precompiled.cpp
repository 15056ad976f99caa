// Compiled for the sake of the precompiled header, which every test program uses.

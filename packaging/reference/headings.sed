# The README as doxygen reads it: doxygen 1.9.4 shows code in a heading as tags.
/^##* /s/`//g

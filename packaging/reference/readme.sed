# The README as doxygen reads it, line by line, code left as it is.
/^ *```/,/^ *```$/b

# A file that is no page of the reference is named, not linked.
s/\(^\|[^!]\)\[\([^]]\{1,\}\)\]([^) :#]*[/.][^) :#]*)/\1\2/g

# A heading gets the name by which links find it (GitHub's), and no code, which doxygen 1.9.4 would show as tags.
/^##* /s/`//g
/^###* /{
  h
  s/^##* //
  s/.*/\L&/
  s/[^a-z0-9 _-]//g
  s/ /-/g
  x
  G
  s/\n\(.*\)/ {#\1}/
}

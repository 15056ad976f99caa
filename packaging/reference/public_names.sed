# The headers as doxygen reads them: signatures as a caller reads them, and a paragraph for each clause of a comment. Line
# by line, so that its warnings name the right lines.

# What a function requires of keys, the class says.
s/^ *requires accepts<.*>$//
s/^ *requires(accepts<.*> && \(std::.*\))$/    requires \1/
s/\(forwarded\|awaited\)<Given> key/Given\&\& key/
s/looked_up<Given> key/const Given\& key/
s/detail::key_of<Map> key/typename Map::key_type key/
s/detail::owned_key<typename Map::key_type> key/typename Map::key_type key/
s/call_site where = {}/std::source_location where = std::source_location::current()/
s/detail::some_wait_map Map/class Map/

# What only the library names.
s/, detail::lock_checks Checks = detail::checks>/>/
s/\(class Token = detail::no_stop_token\),$/\1>/
s/^ *detail::lock_checks Checks = detail::checks>$//
s/ : detail::[a-z_]*<[^{]*> {$/ {/
s/typename detail::stop_callback_of<Token, Function>::type/typename Token::template callback_type<Function>/
s/detail::no_stop_token/no_token/
s/\<detail:://g

# Private classes: doxygen would announce a list of them, and have none.
/^ *struct \(read_element\|element_of\|copied_element\|part\) {$/,/^ *};$/s/.*//

# Doxygen 1.9.4 would begin the first sentence about a file with a capital.
/^\/\/\/ @file$/{
  n
  s/^\/\/\/ \([a-z_]\{1,\}\)/\/\/\/ `\1`/
}

# The first words of a clause stand out. A clause within a comment begins a paragraph. The hold space has the line before.
s/^\( *\/\/\/ \)\(Suspends\|Suspends, resumes, lifetime\|Resumes\|co_await returns\|Returns\|Threads\|Throws\|Throws from co_await\|Cost\|Lifetime\|Times\|Circles\|Invalidation\): /\1<p><b>\2:<\/b> /
s/^\( *\/\/\/ - \)\([A-Za-z][A-Za-z_, ]\{1,40\}:\) /\1<b>\2<\/b> /
x
/^ *\/\/\//!{
  x
  s/<p><b>\([A-Za-z_, ]*:\)<\/b> /\1 /
  x
}
x
h

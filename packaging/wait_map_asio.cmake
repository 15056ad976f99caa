# Makes wait_map::asio where Asio is, and wait_map::boost_asio where Boost.Asio is, if wait_map_components names them. Headers
# are looked for, not packages: Debian's Asio has none.
function(wait_map_add_asio name header)
  set(wait_map_${name}_header ${header} PARENT_SCOPE)
  if(NOT name IN_LIST wait_map_components)
    return()
  endif()
  find_path(wait_map_${name}_folder ${header})
  mark_as_advanced(wait_map_${name}_folder)
  if(wait_map_${name}_folder AND NOT TARGET wait_map::${name})
    add_library(wait_map::${name} INTERFACE IMPORTED ${wait_map_asio_scope})
    target_include_directories(wait_map::${name} INTERFACE ${wait_map_${name}_folder})
    target_compile_definitions(wait_map::${name} INTERFACE ${ARGN})
    target_link_libraries(wait_map::${name} INTERFACE wait_map::wait_map)
  endif()
endfunction()

wait_map_add_asio(asio asio/version.hpp)
wait_map_add_asio(boost_asio boost/asio/version.hpp WAIT_MAP_USE_BOOST_ASIO)

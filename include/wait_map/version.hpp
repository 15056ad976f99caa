// The version of the library: the one place where it is written.
#pragma once

#define WAIT_MAP_VERSION_MAJOR 1
#define WAIT_MAP_VERSION_MINOR 0
#define WAIT_MAP_VERSION_PATCH 0

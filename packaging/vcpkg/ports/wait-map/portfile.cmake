# Header-only. The source is the checkout this port lies in: use it as an overlay port.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)
set(VCPKG_BUILD_TYPE release)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
    FEATURES
        asio WAIT_MAP_ASIO
        boost-asio WAIT_MAP_BOOST_ASIO
)
vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DWAIT_MAP_BUILD_TESTS=OFF
        -DWAIT_MAP_BUILD_EXAMPLES=OFF
        -DWAIT_MAP_BUILD_BENCH=OFF
        -DWAIT_MAP_INSTALL=ON
        ${FEATURE_OPTIONS}
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME wait_map CONFIG_PATH share/cmake/wait_map)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/licenses")  # it is installed as the port's copyright
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")

// 6.7: a public header, compiled by what cannot compile it: needs.cmake.
#include HEADER

int main() {}

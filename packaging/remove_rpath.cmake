# cmake -DFILE=program -P remove_rpath.cmake: the program looks for its libraries where the system has them.
file(RPATH_REMOVE FILE "${FILE}")

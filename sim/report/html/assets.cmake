# Turns files into a C++ source that defines them as text, byte for byte.
# cmake -DOUTPUT=FILE -DASSETS="NAME=FILE,FILE|NAME=FILE" -P assets.cmake
# Several files of one name follow one another. Pieces are kept short, as compilers limit the
# length of a literal.
set(piece_digits 32000)
set(code "#include \"sim/report/html_assets.hpp\"\n\nnamespace qslice::sim::html_assets {\n")
string(REPLACE "|" ";" assets "${ASSETS}")
foreach(asset IN LISTS assets)
  string(REGEX MATCH "^([a-z_]+)=(.*)$" match "${asset}")
  set(name ${CMAKE_MATCH_1})
  string(REPLACE "," ";" files "${CMAKE_MATCH_2}")
  set(digits "")
  foreach(file IN LISTS files)
    file(READ ${file} more HEX)
    string(APPEND digits "${more}")
  endforeach()
  string(LENGTH "${digits}" length)
  set(pieces "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${digits}" ${at} ${piece_digits} piece)
    string(LENGTH "${piece}" size)
    math(EXPR size "${size} / 2")
    string(REGEX REPLACE "(..)" "\\\\x\\1" piece "${piece}")
    string(APPEND pieces "        {\"${piece}\", ${size}},\n")
    math(EXPR at "${at} + ${piece_digits}")
  endwhile()
  string(APPEND code "
std::string ${name}() {
    static constexpr std::string_view pieces[] = {
${pieces}    };
    std::string text;
    for (const std::string_view piece : pieces) text += piece;
    return text;
}
")
endforeach()
string(APPEND code "\n}  // namespace qslice::sim::html_assets\n")
file(WRITE ${OUTPUT} "${code}")

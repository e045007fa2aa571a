#include <string>
#include <utility>

std::string moved() {
    std::string text = "used after it was moved";
    std::string other = std::move(text);
    return text + other;
}

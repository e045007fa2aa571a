#pragma once
struct unformatted {   int   value; };

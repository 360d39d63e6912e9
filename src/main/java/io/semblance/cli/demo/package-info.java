/** The demonstration: shipped photographs, edited copies of them, and the alerts they raise. */
@NullMarked
package io.semblance.cli.demo;

import org.jspecify.annotations.NullMarked;

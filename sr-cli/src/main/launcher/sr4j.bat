@echo off
rem SPDX-License-Identifier: Apache-2.0
rem
rem Starts the command line of SR4J.
rem
rem   JAVA_HOME   the JDK or JRE to use, 17 or newer; otherwise the java on the PATH. A bundle has its own
rem               in the folder runtime and uses no other
rem   JAVA_OPTS   options for every Java program
rem   SR4J_OPTS   options for this one, such as -Xmx4g; they win over JAVA_OPTS

setlocal

set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java.exe"
if exist "%~dp0..\runtime\bin\java.exe" set "JAVA=%~dp0..\runtime\bin\java.exe"

rem The engines are native code, and one of them uses sun.misc.Unsafe: newer JVMs warn about both,
rem and older ones do not know the second option.
"%JAVA%" -Djava.awt.headless=true ^
  -XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ^
  %JAVA_OPTS% %SR4J_OPTS% -cp "%~dp0..\conf;%~dp0..\lib\*" io.github.sr4j.cli.Main %*

; The installer for Windows: per user, no administrator.
;
;   makensis -V2 -WX -DVERSION=0.1.0 -DPAYLOAD=/full/path/of/dist/facesorter -DOUT=/full/path/of/dist \
;     packaging/windows/facesorter.nsi
;
; The result takes /S (silent) and /D=C:\folder (last, unquoted), as all NSIS installers do.
; Silent uninstalling: uninstall.exe /S

Unicode true
!ifndef VERSION
  !error "Say -DVERSION=, as facesorter/__init__.py has it."
!endif
!ifndef PAYLOAD
  !error "Say -DPAYLOAD=, the folder of the built program."
!endif
!ifndef OUT
  !define OUT "."
!endif
!define NAME "facesorter"
!define APP_ID "io.github.facesorter.facesorter"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${APP_ID}"
!define APP_KEY "Software\Classes\Applications\${NAME}.exe"
!define VERB "${NAME}.open"
; Only below this key may files be removed: written at installing, read at uninstalling.
!define OWN_KEY "Software\${NAME}"

!include "MUI2.nsh"
!include "LogicLib.nsh"
!include "FileFunc.nsh"

Name "${NAME}"
OutFile "${OUT}/${NAME}-${VERSION}-windows-x64-setup.exe"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${OWN_KEY}" "InstallDir"
SetCompressor /SOLID lzma
SetDateSave on
ManifestDPIAware true
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} setup"
VIAddVersionKey "LegalCopyright" "MIT licence"

!define MUI_ICON "../../resources/icons/${NAME}.ico"
!define MUI_UNICON "../../resources/icons/${NAME}.ico"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\${NAME}.exe"
!insertmacro MUI_PAGE_LICENSE "../../LICENSE"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!define MUI_UNCONFIRMPAGE_TEXT_TOP "This removes the program. Your photos are not touched, and your library with all names stays in $LOCALAPPDATA\${NAME}. To erase that as well, delete that folder afterwards."
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; A running program can't be replaced; where none runs, opening its file for writing works.
!macro REQUIRE_CLOSED
  ${If} ${FileExists} "$INSTDIR\${NAME}.exe"
    ClearErrors
    FileOpen $0 "$INSTDIR\${NAME}.exe" a
    ${If} ${Errors}
      MessageBox MB_OK|MB_ICONEXCLAMATION "Please close ${NAME} first, then try again." /SD IDOK
      SetErrorLevel 2
      Abort
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

; Removes the program's own files only: what the user put beside them stays.
!macro REMOVE_PROGRAM
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\${NAME}.exe"
  Delete "$INSTDIR\${NAME}-cli.exe"
  Delete "$INSTDIR\uninstall.exe"
!macroend

Section "${NAME}"
  !insertmacro REQUIRE_CLOSED
  ; An older version's files would mix with the new ones.
  !insertmacro REMOVE_PROGRAM
  SetOutPath "$INSTDIR"
  File /r "${PAYLOAD}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${NAME}.exe"
  WriteRegStr HKCU "${OWN_KEY}" "InstallDir" "$INSTDIR"

  ; "Open with" for pictures: offered, never made the default.
  WriteRegStr HKCU "${APP_KEY}" "FriendlyAppName" "${NAME}"
  WriteRegStr HKCU "${APP_KEY}\shell\open\command" "" '"$INSTDIR\${NAME}.exe" "%1"'
  !macro PICTURE EXTENSION
    WriteRegStr HKCU "${APP_KEY}\SupportedTypes" "${EXTENSION}" ""
    WriteRegStr HKCU "Software\Classes\${EXTENSION}\OpenWithList\${NAME}.exe" "" ""
  !macroend
  !insertmacro PICTURE ".jpg"
  !insertmacro PICTURE ".jpeg"
  !insertmacro PICTURE ".png"
  !insertmacro PICTURE ".webp"
  !insertmacro PICTURE ".tif"
  !insertmacro PICTURE ".tiff"
  !insertmacro PICTURE ".bmp"
  !insertmacro PICTURE ".gif"
  !insertmacro PICTURE ".avif"
  !insertmacro PICTURE ".heic"
  !insertmacro PICTURE ".heif"
  ; A verb for folders in Explorer.
  WriteRegStr HKCU "Software\Classes\Directory\shell\${VERB}" "" "Find people with ${NAME}"
  WriteRegStr HKCU "Software\Classes\Directory\shell\${VERB}" "Icon" "$INSTDIR\${NAME}.exe"
  WriteRegStr HKCU "Software\Classes\Directory\shell\${VERB}\command" "" '"$INSTDIR\${NAME}.exe" "%1"'

  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${NAME}.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "The ${NAME} authors"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Comments" "The library stays in $LOCALAPPDATA\${NAME} when this is removed."
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" "$0"
SectionEnd

Section "Uninstall"
  !insertmacro REQUIRE_CLOSED
  !insertmacro REMOVE_PROGRAM
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  DeleteRegKey HKCU "${APP_KEY}"
  !macro UNPICTURE EXTENSION
    DeleteRegKey HKCU "Software\Classes\${EXTENSION}\OpenWithList\${NAME}.exe"
    DeleteRegKey /ifempty HKCU "Software\Classes\${EXTENSION}\OpenWithList"
    DeleteRegKey /ifempty HKCU "Software\Classes\${EXTENSION}"
  !macroend
  !insertmacro UNPICTURE ".jpg"
  !insertmacro UNPICTURE ".jpeg"
  !insertmacro UNPICTURE ".png"
  !insertmacro UNPICTURE ".webp"
  !insertmacro UNPICTURE ".tif"
  !insertmacro UNPICTURE ".tiff"
  !insertmacro UNPICTURE ".bmp"
  !insertmacro UNPICTURE ".gif"
  !insertmacro UNPICTURE ".avif"
  !insertmacro UNPICTURE ".heic"
  !insertmacro UNPICTURE ".heif"
  DeleteRegKey HKCU "Software\Classes\Directory\shell\${VERB}"
  ; "Start with the system", which the program writes when the user wants it.
  DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "${NAME}"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
  DeleteRegKey HKCU "${OWN_KEY}"
  DetailPrint "Your library stays in $LOCALAPPDATA\${NAME}."
  MessageBox MB_OK|MB_ICONINFORMATION "${NAME} is removed. Your library, with all names, stays in $LOCALAPPDATA\${NAME}; delete that folder if you want to erase it." /SD IDOK
SectionEnd
